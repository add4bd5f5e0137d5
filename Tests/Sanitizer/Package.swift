// swift-tools-version:6.1
import PackageDescription

// The kernels alone, compiled so that sanitizers see each tensor: `make sanitize` runs the tests of this package. The
// sources are those of the package above.

let swift: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .unsafeFlags(["-O"], .when(configuration: .debug)),
]

let package = Package(
  name: "sanitizer",
  platforms: [.macOS(.v14)],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(
      name: "CKernels",
      cSettings: [.unsafeFlags(["-O2", "-fno-math-errno", "-Wall", "-Wextra"])]),
    .target(
      name: "Kernels", dependencies: ["CKernels", "COpenBLAS"],
      swiftSettings: swift + [.define("SANITIZED_TENSORS")]),
    .testTarget(
      name: "KernelsSanitizerTests", dependencies: ["Kernels", "CKernels"],
      path: "KernelsSanitizerTests", swiftSettings: swift),
  ],
  swiftLanguageModes: [.v6]
)
