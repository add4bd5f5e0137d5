import Files
import Foundation
import Text

/// A figure in the format that its file's name says: SVG as it is drawn, PDF and PNG by librsvg's `rsvg-convert`.
enum FigureFile {
  private static let endings = ["svg", "pdf", "png"]
  private static let converter = "rsvg-convert"
  /// Of a PNG: what journals ask for.
  private static let dotsPerInch = 300.0

  /// - Throws: `Failure` where the name ends in nothing known, or the converter is not there or fails; `FileFailure`.
  static func check(_ path: String) throws {
    guard endings.contains(ending(path)) else {
      throw Failure(
        .usage,
        "-o \(path): a figure's name ends in \(alternatives(endings.map { "." + $0 }))")
    }
    guard ending(path) != "svg", try program() == nil else { return }
    throw Failure(
      .notFound,
      """
      -o \(path): \(ending(path).uppercased()) files are made by librsvg's \(converter), which is not here
        hint: apt-get install librsvg2-bin (macOS: brew install librsvg), or -o \
      \((path as NSString).deletingPathExtension).svg
      """)
  }

  /// - Parameter svg: the figure.
  static func write(_ svg: [UInt8], to path: String) throws {
    let bytes = try ending(path) == "svg" ? svg : convert(svg, to: ending(path), named: path)
    try bytes.withUnsafeBytes { try WholeFile.write([$0], to: path, durably: false) }
  }

  private static func ending(_ path: String) -> String {
    (path as NSString).pathExtension.lowercased()
  }

  private static func program() throws -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(converter)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private static func convert(
    _ svg: [UInt8], to format: String, named path: String
  ) throws -> [UInt8] {
    try check(path)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try program() ?? converter)
    process.arguments =
      ["--format", format] + (format == "png" ? ["--zoom", "\(dotsPerInch / 96)"] : [])
    let (input, output, error) = (Pipe(), Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (input, output, error)
    try process.run()
    // It reads all before it writes.
    try input.fileHandleForWriting.write(contentsOf: svg)
    try input.fileHandleForWriting.close()
    let bytes = [UInt8](try output.fileHandleForReading.readToEnd() ?? Data())
    let said = String(
      decoding: try error.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, !bytes.isEmpty else {
      throw Failure(
        .inputOutput, "-o \(path): \(converter) failed: \(said.trimmed)")
    }
    return bytes
  }
}
