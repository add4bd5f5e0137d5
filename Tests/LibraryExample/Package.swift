// swift-tools-version:6.1
import PackageDescription

// Uses the library as others do, by its version: run.sh makes a tagged copy of this repository and says where.
let repository = Context.environment["WORKBENCH_REPOSITORY"] ?? "../.."

let package = Package(
  name: "example",
  platforms: [.macOS(.v14)],
  dependencies: [.package(url: repository, from: "0.1.0")],
  targets: [
    .executableTarget(
      name: "Example", dependencies: [.product(name: "Diffusion", package: "workbench")])
  ],
  swiftLanguageModes: [.v6]
)
