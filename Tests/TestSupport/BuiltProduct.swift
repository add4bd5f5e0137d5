import Foundation
package import Testing

/// The path of an executable that was built beside the tests.
/// - Throws: where it is not there.
package func builtProduct(
  _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws -> String {
  let folders = [
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(),
    Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent(),
  ]
  let paths = folders.map { $0.appendingPathComponent(name).path }
  return try #require(
    paths.first { FileManager.default.isExecutableFile(atPath: $0) },
    "\(name) is in none of \(paths)", sourceLocation: sourceLocation)
}
