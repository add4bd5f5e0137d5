import TestSupport
import Testing

@testable import Diffusion

/// Whatever is in a file, the answer is data or an error of kind `badInput` that names it.
@Suite struct DamagedDataTests {
  enum Format: String, CaseIterable, CustomTestStringConvertible {
    case idxImages, idxLabels, gzip, cifar10, npyBytes, npyFloats, npyVersion2

    var testDescription: String { rawValue }

    var valid: [UInt8] {
      switch self {
      case .idxImages: SmallFiles.idxImages
      case .idxLabels: SmallFiles.idxLabels
      case .gzip: StoredDeflate.gzip(SmallFiles.idxImages)
      case .cifar10: SmallFiles.cifarBatch
      case .npyBytes:
        SmallFiles.npy("|u1", shape: [4, 2, 3], content: [UInt8](repeating: 9, count: 24))
      case .npyFloats:
        SmallFiles.npy(
          "<f4", shape: [3, 3, 2, 2],
          content: SmallFiles.float32((0..<36).map { Float($0) / 18 - 1 }))
      case .npyVersion2:
        SmallFiles.npy(
          "<f8", shape: [3, 2], version: 2, content: SmallFiles.float64([1, 2, 3, 4, 5, 6]))
      }
    }

    func read(_ file: [UInt8], in folder: TemporaryFolder) throws -> DataSet {
      let source: DataSettings.Source
      switch self {
      case .idxImages, .gzip:
        source = .idx(images: try folder.write(file, "damaged"), labels: nil)
      case .idxLabels:
        source = .idx(
          images: try folder.write(SmallFiles.idxImages, "images"),
          labels: try folder.write(file, "damaged"))
      case .cifar10:
        try folder.write(file, "test_batch.bin")
        source = .cifar10(path: folder.path)
      case .npyBytes, .npyFloats, .npyVersion2:
        source = .npy(path: try folder.write(file, "damaged"))
      }
      return try DataSet.load(DataSettings(source: source, split: .test))
    }
  }

  /// True: there are data, and they are whole.
  private func isRead(_ format: Format, _ file: [UInt8], _ folder: TemporaryFolder) throws -> Bool {
    do {
      let data = try format.read(file, in: folder)
      #expect(data.values(0..<data.count).count == data.count * data.valuesPerImage)
      #expect(data.labels.allSatisfy { $0 >= 0 && $0 < data.classes })
      return true
    } catch let error as DiffusionError {
      #expect(error.kind == .badInput)
      #expect(error.description.hasPrefix(folder.path))
      return false
    }
  }

  @Test(arguments: Format.allCases) func anyFileCutShortIsRefused(format: Format) throws {
    let folder = try TemporaryFolder()
    #expect(try isRead(format, format.valid, folder))
    let record = 3073
    for count in 0..<format.valid.count
    where format != .cifar10 || count % record != 0 || count == 0 {
      #expect(try !isRead(format, Array(format.valid[..<count]), folder), "\(count) bytes")
    }
    // Zeros behind a gzip member are padding.
    #expect(try !isRead(format, format.valid + [format == .gzip ? 1 : 0], folder))
  }

  @Test(arguments: Format.allCases) func flippedBitsNeverTrap(format: Format) throws {
    let folder = try TemporaryFolder()
    var random = SplitMix(seed: 11)
    var refused = 0
    for _ in 0..<700 {
      var file = format.valid
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // CIFAR's pixels may be anything: aim at its labels more often than chance would.
        let place =
          format == .cifar10 && Bool.random(using: &random)
          ? 3073 * Int.random(in: 0...1, using: &random)
          : Int.random(in: 0..<file.count, using: &random)
        file[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      }
      if try !isRead(format, file, folder) { refused += 1 }
    }
    #expect(refused > 35, "\(refused)")
  }

  /// A gzip file's checksum covers its content: what is read is what was written.
  @Test func noFlippedBitOfAGzipFileChangesWhatIsRead() throws {
    let folder = try TemporaryFolder()
    let valid = Format.gzip.valid
    let expected = try Format.gzip.read(valid, in: folder).fingerprint
    for bit in 0..<valid.count * 8 {
      var file = valid
      file[bit / 8] ^= 1 << (bit % 8)
      if try isRead(.gzip, file, folder) {
        #expect(try Format.gzip.read(file, in: folder).fingerprint == expected, "bit \(bit)")
      }
    }
  }
}
