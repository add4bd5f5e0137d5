import Diffusion
import TestSupport
import Testing

@Suite struct NPYTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func load(
    _ file: [UInt8], split: DataSettings.Split = .train, size: Int? = nil
  ) throws -> DataSet {
    let path = try folder.write(file, "a.npy")
    return try DataSet.load(DataSettings(source: .npy(path: path), split: split, size: size))
  }

  @Test(arguments: [UInt8(1), 2, 3]) func bytes(version: UInt8) throws {
    let content = (0..<24).map { UInt8(10 * $0) }
    let data = try load(
      SmallFiles.npy("|u1", shape: [4, 2, 3], version: version, content: content))
    #expect((data.count, data.height, data.width, data.channels) == (3, 2, 3, 1))
    #expect(data.isImage && data.classes == 0 && data.label(0) == nil)
    #expect(data.bytes(2) == [120, 130, 140, 150, 160, 170])
  }

  @Test func channelsComeLast() throws {
    // (2, 3, 1, 2): image 0's planes are (0, 0.1), (0.2, 0.3), (0.4, 0.5); image 1 has numbers below 0.
    let values = (0..<12).map { $0 < 6 ? Float($0) / 10 : -Float($0) / 12 }
    let content = SmallFiles.float32(values)
    let data = try load(SmallFiles.npy("<f4", shape: [2, 3, 1, 2], content: content))
    #expect((data.count, data.height, data.width, data.channels) == (1, 1, 2, 3))
    #expect(data.values(0..<1) == [0, 0.2, 0.4, 0.1, 0.3, 0.5])
  }

  @Test func vectorsHaveAChannelADimensionAndAnyValue() throws {
    let content = SmallFiles.float64([1, -20, 3.5, 4, 5e6, 6])
    let data = try load(SmallFiles.npy("<f8", shape: [3, 2], content: content))
    #expect((data.count, data.height, data.width, data.channels) == (2, 1, 1, 2))
    #expect(!data.isImage && data.values(0..<2) == [1, -20, 3.5, 4])
    #expect(
      try load(SmallFiles.npy("<f8", shape: [3, 2], content: content), split: .test).values(0..<1)
        == [5e6, 6])
    let error = #expect(throws: DiffusionError.self) {
      try load(SmallFiles.npy("<f8", shape: [3, 2], content: content), size: 3)
    }
    #expect(error?.description.contains("vectors of 2 dimensions") == true)
    // Of 784 dimensions are flattened images, perhaps.
    let flat = SmallFiles.npy("|u1", shape: [2, 4], content: [0, 50, 100, 255, 1, 2, 3, 4])
    let question = #expect(throws: DiffusionError.self) { try load(flat, size: 2) }
    #expect(
      question?.description
        == "\(folder.path)/a.npy: holds vectors of 4 dimensions, and data.size 2 does not apply: if they "
        + "are flattened images of 2×2, set data.layout: nhw, or else leave it out")
    let network = NetworkDescription(
      model: ModelSettings(levels: 2), channels: 784, height: 1, width: 1)
    #expect(
      throws: DiffusionError(
        .badInput,
        "vectors of 784 dimensions do not go through 2 levels, which take images: if they are flattened "
          + "images of 28×28, set data.layout: nhw")
    ) { try network.makeNetwork() }
  }

  /// Bytes of 0 and 1, or of four bits.
  @Test(arguments: [(1, 1), (5, 7), (15, 15)]) func bytesThatAreNearlyBlackAsk(
    greatest: Int, end: Int
  ) throws {
    let content = (0..<20 * 64).map { UInt8($0 % (greatest + 1)) }
    let path = try folder.write(
      SmallFiles.npy("|u1", shape: [20, 8, 8], content: content), "dark.npy")
    var settings = DataSettings(source: .npy(path: path))
    #expect(
      throws: DiffusionError(
        .badInput,
        "\(path): its values range from 0 to \(greatest), nearly black where 255 is white: which value is "
          + "white? Set it, for instance data.range: [0, \(end)]; data.range: [0, 255] leaves them as "
          + "dark as they are")
    ) { try LoadedData(settings) }
    // As dark as they are: the same bytes.
    let before = try DataSet.load(settings).fingerprint
    settings.range = .init(0, 255)
    #expect(try LoadedData(settings).training.fingerprint == before)
    settings.range = .init(0, Double(end))
    #expect(try LoadedData(settings).training.values(0..<1)[greatest] == (end == 7 ? 3.0 / 7 : 1))
    // One bright pixel is enough.
    let bright = try folder.write(
      SmallFiles.npy("|u1", shape: [20, 8, 8], content: content.dropLast() + [16]), "bright.npy")
    #expect(
      try LoadedData(DataSettings(source: .npy(path: bright))).summary.storedRange?.upper == 16)
  }

  @Test(arguments: [
    (SmallFiles.npy("<c8", shape: [2, 1, 1], content: []), "type \"<c8\""),
    (SmallFiles.npy("|O", shape: [2, 1, 1], content: []), "holds Python objects"),
    (SmallFiles.npy("|u1", shape: [2], content: [1, 2]), "its shape is [2]"),
    (SmallFiles.npy("|u1", shape: [1, 1, 1, 1, 1], content: [1]), "its shape is [1, 1, 1, 1, 1]"),
    (SmallFiles.npy("|u1", shape: [2, 0, 1], content: []), "none of them 0"),
    (SmallFiles.npy("|u1", shape: [2, 1 << 40, 1 << 40], content: [1]), "absurdly large"),
    (SmallFiles.npy("<f8", shape: [1 << 40, 1 << 22, 2], content: [1]), "absurdly large"),
    (SmallFiles.npy("|u1", shape: [2, 99, 99], content: [1]), "truncated"),
    (SmallFiles.npy("|u1", shape: [2, 1, 1], content: [1, 2, 3]), "too long"),
    (SmallFiles.npy("|u1", shape: [2, 1, 1], version: 4, content: [1, 2]), "version 4.0"),
    (SmallFiles.npy(header: "{'descr': '|u1'}", content: [1]), "expected a dictionary"),
    (
      SmallFiles.npy(
        header: "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        content: [1]), "expected a dictionary"
    ),
    (
      SmallFiles.npy("<f4", shape: [2, 1, 1], content: SmallFiles.float32([0, .nan])),
      "value 1 is nan"
    ),
    (
      SmallFiles.npy("<f4", shape: [2, 1, 1], content: SmallFiles.float32([-1, 255])),
      "its values range from -1 to 255 (float32): which value is black and which is white?"
    ),
    (Array("PK\u{3}\u{4} an archive".utf8), "not a .npy file"),
  ])
  func badFilesAreRefused(file: [UInt8], message: String) {
    let error = #expect(throws: DiffusionError.self) { try load(file) }
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasPrefix(folder.path + "/a.npy: ") == true)
  }
}
