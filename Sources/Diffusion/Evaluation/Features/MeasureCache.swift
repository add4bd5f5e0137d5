private import Files
import Foundation
import Kernels

/// What measures were prepared with before, beside the decoded images (``ImageCache``): weights of classifiers, features of
/// real images. All runs on the same data share it.
///
/// An entry is a file of its own, named by a hash of all that it follows from, with a hash of its numbers. It is written
/// whole or not at all; where that cannot be, or a file is damaged, nothing is lost but time. Of each kind the entries that
/// were used longest ago go when there are too many bytes.
package struct MeasureCache: Sendable {
  /// What its entries are.
  package enum Kind: String, Sendable, CaseIterable {
    case classifier
    case features

    /// What its entries may have together.
    fileprivate var mostBytes: Int {
      switch self {
      // Some hundreds of them.
      case .classifier: 64 << 20
      // 100 data sets of 10,000 images or more.
      case .features: 8 << 30
      }
    }
  }

  let folder: String
  let kind: Kind
  /// The entries that were used longest ago go when there are more bytes.
  var mostBytes: Int

  init(folder: String, kind: Kind = .classifier) {
    self.folder = folder
    self.kind = kind
    mostBytes = kind.mostBytes
  }

  private var magic: String { "workbench \(kind.rawValue)\n" }

  /// Where decoded images are kept; nil where none are.
  static let classifiers = ImageCache.standard.map { MeasureCache(folder: $0.folder) }
  static let features = ImageCache.standard.map {
    MeasureCache(folder: $0.folder, kind: .features)
  }

  /// Of a data set's classifier: 64 hexadecimal digits.
  static func key(_ data: DataSet, kernels: KernelSet) -> String {
    SHA256.hexadecimal(
      of: "classifier \(ClassifierTraining.version) \(data.fingerprint) \(kernels.description) "
        + "\(kernels.usesWinograd)")
  }

  /// - Parameter key: 64 hexadecimal digits.
  /// - Returns: nil: there is none, or it is damaged.
  func read(_ key: String, count: Int) -> [Float]? {
    guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path(key))) else { return nil }
    let header = magic.utf8.count + 128
    guard bytes.count == header + 4 * count, bytes.starts(with: (magic + key).utf8) else {
      return nil
    }
    let values = [UInt8](bytes[header...])
    guard
      bytes[(header - 64)..<header].elementsEqual(SHA256.hexadecimal(of: values).utf8)
    else { return nil }
    CacheFolder.touch(path(key))
    return values.withUnsafeBytes { values in
      (0..<count).map { i in
        Float(
          bitPattern: UInt32(
            littleEndian: values.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)))
      }
    }
  }

  /// Silent where it cannot.
  ///
  /// - Parameter key: 64 hexadecimal digits.
  func write(_ values: [Float], _ key: String) {
    let bytes = values.map(\.bitPattern.littleEndian).withUnsafeBytes { [UInt8]($0) }
    let header = Array((magic + key + SHA256.hexadecimal(of: bytes)).utf8)
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    guard bytes.count <= mostBytes, files.hasRoom(for: bytes.count) else { return }
    do {
      try WholeFile.write(to: path(key), durably: false) { file in
        try file.write(header)
        try bytes.withUnsafeBytes { try file.write($0) }
      }
    } catch {
      return
    }
    files.trim(keeping: path(key), mostBytes: mostBytes)
  }

  /// How many of a kind the standard folder has, and in how many bytes; none where nothing is kept.
  package static func usage(_ kind: Kind) -> (entries: Int, bytes: Int) {
    ImageCache.standard.map { MeasureCache(folder: $0.folder, kind: kind).files.usage() } ?? (0, 0)
  }

  private var files: CacheFolder { CacheFolder(path: folder, ending: ".\(kind.rawValue)") }

  private func path(_ key: String) -> String { "\(folder)/\(key.prefix(32)).\(kind.rawValue)" }
}
