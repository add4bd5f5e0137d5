// swift-tools-version:6.1
import PackageDescription

/// Whether debug builds optimise numeric code, without which the test suite crawls: `make` asks for it. By itself the
/// package has no unsafe flags, which SwiftPM refuses in a dependency that is named by its version.
let isOptimised = Context.environment["WORKBENCH_OPTIMISED"] == "1"
let optimisedC: [CSetting] =
  isOptimised ? [.unsafeFlags(["-O2", "-Wall", "-Wextra"], .when(configuration: .debug))] : []
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]
let optimised: [SwiftSetting] =
  strict + (isOptimised ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : [])

let package = Package(
  name: "workbench",
  platforms: [.macOS(.v14)],
  products: [
    .executable(name: "workbench", targets: ["Workbench"]),
    .library(name: "Diffusion", targets: ["Diffusion", "Kernels", "Images"]),
    // Loaded by tests into the program: makes file calls fail.
    .library(name: "FaultShim", type: .dynamic, targets: ["FaultShim"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", .upToNextMinor(from: "7.10.0")),
    .package(url: "https://github.com/jpsim/Yams", .upToNextMinor(from: "6.2.2")),
    .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
    .package(url: "https://github.com/swhitty/FlyingFox", .upToNextMinor(from: "0.27.1")),
  ],
  targets: [
    // System libraries.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(
      name: "CMarkGFM", pkgConfig: "libcmark-gfm",
      providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // The engine.
    .target(name: "CKernels", cSettings: optimisedC),
    .target(name: "Files", swiftSettings: optimised),
    .target(name: "Statistics", swiftSettings: optimised),
    .target(name: "Text", dependencies: ["Statistics"], swiftSettings: optimised),
    .target(
      name: "CImageCodecs", dependencies: ["CPNG", "CJPEG", "CWebP"], cSettings: optimisedC),
    .target(
      name: "Images", dependencies: ["CPNG", "CImageCodecs", "Files", "Text"],
      swiftSettings: optimised),
    .target(
      name: "Kernels", dependencies: ["CKernels", "COpenBLAS", "Files"], swiftSettings: optimised),
    .target(name: "Measures", swiftSettings: optimised),
    .target(
      name: "Diffusion",
      dependencies: [
        "Files", "Kernels", "Images", "CPNG", "COpenSSL", "Measures", "Statistics",
      ],
      swiftSettings: optimised),

    // What a sweep chooses by: pure algorithms, which know nothing of the rest.
    .target(name: "Search", swiftSettings: optimised),

    // Leaves that know nothing of runs.
    .target(name: "Plots", dependencies: ["Statistics", "Text"], swiftSettings: optimised),

    // The workbench, from what a run is to what people read of it.
    .target(
      name: "Values", dependencies: ["Measures", "Statistics", "Text"],
      path: "Sources/Experiments/Values",
      swiftSettings: strict),
    .target(
      name: "ExperimentFiles",
      dependencies: [
        "Diffusion", "Images", "Search", "Statistics", "Text", "Values",
        .product(name: "Yams", package: "Yams"),
      ],
      path: "Sources/Experiments/ExperimentFiles", swiftSettings: strict),
    .target(
      name: "Store",
      dependencies: [
        "Diffusion", "Files", "Kernels", "Statistics", "Text", "Values",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      path: "Sources/Experiments/Store", swiftSettings: strict),
    .target(
      name: "Analysis",
      dependencies: [
        "Diffusion", "ExperimentFiles", "Statistics", "Store", "Text", "Values",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      path: "Sources/Experiments/Analysis", swiftSettings: strict),
    .target(
      name: "Planning",
      dependencies: [
        "Analysis", "Diffusion", "ExperimentFiles", "Search", "Statistics", "Store", "Text",
        "Values",
      ],
      path: "Sources/Experiments/Planning", swiftSettings: strict),
    .target(
      name: "Execution",
      dependencies: [
        "Diffusion", "ExperimentFiles", "Images", "Planning", "Search", "Statistics", "Store",
        "Text", "Values",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      path: "Sources/Experiments/Execution", swiftSettings: strict),
    .target(
      name: "Reports",
      dependencies: [
        "Analysis", "CMarkGFM", "Diffusion", "ExperimentFiles", "Files", "Images", "Plots",
        "Statistics", "Store", "Text", "Values",
      ],
      path: "Sources/Experiments/Reports", swiftSettings: strict),
    .target(
      name: "Exchange",
      dependencies: [
        "Analysis", "Diffusion", "Files", "Images", "Statistics", "Store", "Text", "Values",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      path: "Sources/Experiments/Exchange", swiftSettings: strict),
    .target(
      name: "Serving",
      dependencies: [
        "Analysis", "Diffusion", "ExperimentFiles", "Kernels", "Reports", "Statistics", "Store",
        "Text",
        "Values",
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      path: "Sources/Experiments/Serving",
      resources: [.embedInCode("Resources/page.js"), .embedInCode("Resources/page.css")],
      swiftSettings: strict),
    .target(
      name: "Watching",
      dependencies: [
        "Analysis", "ExperimentFiles", "Images", "Plots", "Reports", "Statistics", "Store", "Text",
        "Values",
      ],
      path: "Sources/Experiments/Watching", swiftSettings: strict),
    .executableTarget(
      name: "Workbench",
      dependencies: [
        "Files", "Images", "Kernels", "Diffusion", "Statistics", "Text",
        "Analysis", "Exchange", "Execution", "ExperimentFiles", "Planning", "Reports",
        "Serving", "Store", "Values", "Watching",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // Tests.
    .target(
      name: "TestSupport", dependencies: ["Kernels"], path: "Tests/TestSupport",
      swiftSettings: optimised),
    .target(
      name: "StoreTestSupport",
      dependencies: ["Diffusion", "Statistics", "Store", "TestSupport", "Values"],
      path: "Tests/StoreTestSupport", swiftSettings: optimised),
    .executableTarget(
      name: "StoreWriter", dependencies: ["Store", "Values"], path: "Tests/StoreWriter",
      swiftSettings: strict),
    .executableTarget(
      name: "FileRacer", dependencies: ["Files"], path: "Tests/FileRacer", swiftSettings: strict),
    .target(name: "FaultShim", path: "Tests/FaultShim"),
    .testTarget(
      name: "FilesTests", dependencies: ["FileRacer", "Files", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ImagesTests", dependencies: ["Images", "TestSupport"], exclude: ["Goldens"],
      swiftSettings: strict),
    .testTarget(
      name: "KernelsTests", dependencies: ["Kernels", "CKernels", "TestSupport"],
      exclude: ["Goldens"],
      swiftSettings: optimised),
    .testTarget(
      name: "DiffusionTests",
      dependencies: ["Diffusion", "Kernels", "Images", "Measures", "TestSupport"],
      exclude: ["Goldens"], swiftSettings: strict),
    .testTarget(
      name: "StatisticsTests", dependencies: ["Kernels", "Statistics", "TestSupport"],
      swiftSettings: optimised),
    .testTarget(
      name: "ThreadTests",
      dependencies: ["Diffusion", "Kernels", "Store", "StoreTestSupport", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "SearchTests", dependencies: ["Search"], swiftSettings: optimised),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: [
        "Diffusion", "Analysis", "Exchange", "Execution", "ExperimentFiles", "Files", "Images",
        "Planning", "Plots", "Reports", "Statistics", "Store", "StoreTestSupport", "StoreWriter",
        "TestSupport", "Text", "Values",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["Exchange/Goldens", "Plan/Experiments"], swiftSettings: strict),
    .testTarget(
      name: "ServingTests",
      dependencies: [
        "Analysis", "ExperimentFiles", "Serving", "Store", "StoreTestSupport", "TestSupport",
        "Values", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "WatchingTests",
      dependencies: [
        "Images", "Plots", "Statistics", "Store", "StoreTestSupport", "TestSupport", "Text",
        "Values",
        "Watching",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "WorkbenchTests",
      dependencies: [
        "Workbench", "Analysis", "Exchange", "Execution", "ExperimentFiles", "Planning", "Reports",
        "Serving", "Store", "Values", "Statistics", "StoreTestSupport", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

// MARK: Sanitizers

// `make sanitize` names the test targets that it builds, with what they need and nothing else: SwiftPM has no such choice,
// and a sanitizer makes building and running several times as slow.
if let names = Context.environment["SANITIZED_TESTS"]?.split(separator: " ").map(String.init) {
  package.targets.append(
    .testTarget(
      name: "KernelsSanitizerTests", dependencies: ["Kernels", "CKernels", "TestSupport"],
      swiftSettings: optimised))
  if names.contains("KernelsSanitizerTests") {
    let kernels = package.targets.first { $0.name == "Kernels" }
    kernels?.swiftSettings?.append(.define("SANITIZED_TENSORS"))
  }
  var needed: Set<String> = []
  var toFollow = names
  while let name = toFollow.popLast() {
    guard needed.insert(name).inserted,
      let target = package.targets.first(where: { $0.name == name })
    else { continue }
    for case .byNameItem(let dependency, _) in target.dependencies { toFollow.append(dependency) }
  }
  package.targets.removeAll { !needed.contains($0.name) }
  package.products = []
}
