private import Files
import Foundation
import Kernels

/// Classifiers that were trained before, beside the decoded images (``ImageCache``): all runs on the same data share one.
///
/// An entry is a file of its own, named by a hash of the data, the recipe and the instruction set, with a hash of its
/// weights. It is written whole or not at all; where that cannot be, or a file is damaged, nothing is lost but time.
struct ClassifierCache: Sendable {
  let folder: String

  private static let magic = "workbench classifier\n"
  private static let ending = ".classifier"

  /// Where decoded images are kept; nil where none are.
  static let standard = ImageCache.standard.map { ClassifierCache(folder: $0.folder) }

  /// 64 hexadecimal digits.
  static func key(_ data: DataSet, kernels: KernelSet) -> String {
    SHA256.hexadecimal(
      of: "classifier \(ClassifierTraining.version) \(data.fingerprint) \(kernels.description) "
        + "\(kernels.usesWinograd)")
  }

  /// nil: there is none, or it is damaged.
  func read(_ key: String, count: Int) -> [Float]? {
    guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path(key))) else { return nil }
    let header = Self.magic.utf8.count + 128
    guard bytes.count == header + 4 * count, bytes.starts(with: (Self.magic + key).utf8) else {
      return nil
    }
    let weights = Array(bytes[header...])
    guard
      bytes[(header - 64)..<header].elementsEqual(SHA256.hexadecimal(of: weights).utf8)
    else { return nil }
    return (0..<count).map { i in
      Float(bitPattern: (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(weights[4 * i + $1]) })
    }
  }

  /// Silent where it cannot.
  func write(_ values: [Float], _ key: String) {
    let weights = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    let header = Array((Self.magic + key + SHA256.hexadecimal(of: weights)).utf8)
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    try? WholeFile.write(to: path(key), durably: false) { file in
      try file.write(header)
      try weights.withUnsafeBytes { try file.write($0) }
    }
  }

  private func path(_ key: String) -> String {
    "\(folder)/\(key.prefix(32))" + Self.ending
  }
}
