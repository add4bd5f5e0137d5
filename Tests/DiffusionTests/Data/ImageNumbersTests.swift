import TestSupport
import Testing

@testable import Diffusion

/// What shapes and values of arrays are taken for, and when they are asked about.
@Suite struct ImageNumbersTests {
  private func axes(
    _ shape: [Int], _ layout: DataSettings.Layout = .auto
  ) throws -> ImageNumbers.Axes {
    var numbers = ImageNumbers()
    numbers.layout = layout
    return try numbers.axes(shape, name: "a.npy")
  }

  @Test func theSideThatCountsChannelsIsFound() throws {
    let first = ImageNumbers.Axes(height: 32, width: 28, channels: 3, isPlanar: true)
    let last = ImageNumbers.Axes(height: 32, width: 28, channels: 3, isPlanar: false)
    #expect(try axes([9, 3, 32, 28]) == first)
    #expect(try axes([9, 32, 28, 3]) == last)
    #expect(try axes([9, 3, 32, 28], .nchw) == first)
    #expect(try axes([9, 32, 28, 3], .nhwc) == last)
    // Latents: the two sides that are alike are the image's.
    #expect(
      try axes([9, 16, 8, 8])
        == ImageNumbers.Axes(height: 8, width: 8, channels: 16, isPlanar: true))
    #expect(
      try axes([9, 8, 8, 16])
        == ImageNumbers.Axes(height: 8, width: 8, channels: 16, isPlanar: false))
    #expect(
      try axes([9, 28, 20])
        == ImageNumbers.Axes(height: 28, width: 20, channels: 1, isPlanar: false))
    #expect(try !axes([9, 2]).isImage && !axes([9, 784]).isImage)
    // Flattened, if it is said.
    #expect(
      try axes([9, 784], .nhw)
        == ImageNumbers.Axes(height: 28, width: 28, channels: 1, isPlanar: false))
    #expect(
      try axes([9, 12], .nchw)
        == ImageNumbers.Axes(height: 2, width: 2, channels: 3, isPlanar: true))
    #expect(
      try axes([9, 12], .nhwc)
        == ImageNumbers.Axes(height: 2, width: 2, channels: 3, isPlanar: false))
  }

  @Test(arguments: [[9, 3, 32, 3], [9, 1, 28, 1], [9, 5, 6, 7], [9, 8, 8, 8], [28, 28, 3]])
  func whatCanBeReadInTwoWaysIsAsked(shape: [Int]) throws {
    let error = #expect(throws: DiffusionError.self) { try axes(shape) }
    #expect(error?.kind == .badInput && error?.description.contains("data.layout: n") == true)
  }

  @Test func aLayoutThatDoesNotFitIsRefused() {
    for (shape, layout) in [
      ([9, 28, 28], .nchw), ([9, 3, 8, 8], .nhw), ([9, 4], .nhwc), ([9, 12], .nhw),
    ]
      as [([Int], DataSettings.Layout)]
    {
      let error = #expect(throws: DiffusionError.self) { try axes(shape, layout) }
      #expect(
        error?.description
          == "a.npy: its shape is \(shape), which does not fit data.layout \(layout.rawValue)")
    }
  }

  private func values(
    _ numbers: [Float], _ type: NumberType = .float32, range: DataSettings.ValueRange? = nil
  ) throws -> RawData.Values {
    var images = ImageNumbers()
    images.range = range
    return try images.values(numbers, type: type, name: "a.npy").values
  }

  private func floats(_ values: RawData.Values) -> [Float] {
    if case .floats(let floats) = values { floats } else { [] }
  }

  private func bytes(_ values: RawData.Values) -> [UInt8] {
    if case .bytes(let bytes) = values { bytes } else { [] }
  }

  @Test func whatHasNumbersBelowZeroIsFromMinusOneToOne() throws {
    #expect(try floats(values([-0.5, 0, 1.0005])) == [-0.5, 0, 1.0005])
  }

  @Test func wholeNumbersUpToAByteAreBytes() throws {
    #expect(try bytes(values([0, 7, 255])) == [0, 7, 255])
    #expect(try bytes(values([0, 128], .int64)) == [0, 128])
  }

  @Test(
    arguments: [
      (
        [0, 0.25, 1], .float32,
        "a.npy: its values range from 0 to 1, none below 0: if black is 0 and white is 1, as after "
          + "PyTorch's ToTensor, set data.range: [0, 1]; if they are in [−1, 1], set data.range: [-1, 1]"
      ),
      (
        [0, 1], .int64,
        "a.npy: its values range from 0 to 1 (int64): which value is black and which is white? Set the range, for "
          + "instance data.range: [0, 1]; expected without it are bytes from 0 to 255 or floats from −1 to "
          + "1"
      ),
      (
        [0, 4000], .uint16,
        "a.npy: its values range from 0 to 4000 (uint16): which value is black and which is white? Set the range, "
          + "for instance data.range: [0, 4095]; expected without it are bytes from 0 to 255 or floats from "
          + "−1 to 1"
      ),
      (
        [-1024, 3071], .int16,
        "a.npy: its values range from -1024 to 3071 (int16): which value is black and which is white? Set "
          + "the range, for instance data.range: [-1024, 3071]; expected without it are bytes from 0 to 255 or "
          + "floats from −1 to 1"
      ),
    ] as [([Float], NumberType, String)])
  func valuesThatDoNotSayWhatTheyMeanAreAsked(
    numbers: [Float], type: NumberType, message: String
  ) {
    #expect(throws: DiffusionError(.badInput, message)) { try values(numbers, type) }
  }

  @Test func aRangeIsTheAnswer() throws {
    #expect(try floats(values([0, 0.25, 1], range: .init(0, 1))) == [-1, -0.5, 1])
    #expect(try floats(values([0, 0.25, 1], range: .init(-1, 1))) == [0, 0.25, 1])
    // 2·1023.75/4095 − 1 = −½.
    #expect(try floats(values([0, 1023.75, 4095], range: .init(0, 4095))) == [-1, -0.5, 1])
    #expect(
      throws: DiffusionError(
        .badInput, "a.npy: its values range from 0 to 1.5, outside data.range [0, 1]")
    ) { try values([0, 1.5], range: .init(0, 1)) }
    #expect(DataSettings.ValueRange(1, 1) == nil && DataSettings.ValueRange(2, 1) == nil)
  }

  @Test func rowsAndColumnsAreExchanged() throws {
    let data = RawData(
      name: "a", height: 2, width: 3, channels: 2, values: .bytes(Array(0..<24)))
    let turned = data.transposed()
    #expect((turned.height, turned.width) == (3, 2))
    #expect(
      bytes(turned.values) == [
        0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 12, 13, 18, 19, 14, 15, 20, 21, 16, 17, 22, 23,
      ])
  }

  @Test func floatsOfPyTorchInAFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      SmallFiles.npy(
        "<f4", shape: [2, 1, 2, 2], content: SmallFiles.float32([0, 0.5, 0.25, 1, 0, 0, 0, 1])),
      "a.npy")
    var settings = DataSettings(source: .npy(path: path))
    let error = #expect(throws: DiffusionError.self) { try DataSet.load(settings) }
    #expect(error?.description.contains("set data.range: [0, 1]") == true)
    settings.range = .init(0, 1)
    #expect(try DataSet.load(settings).values(0..<1) == [-1, 0, -0.5, 1])
  }

  // MARK: IDX

  @Test(
    arguments: [
      (0x0d, SmallFiles.bigEndian([0x3f00_0000, Int(Float(-1).bitPattern)]), [0.5, -1]),
      (
        0x0e, SmallFiles.bigEndian([0x3fe0_0000, 0, 0xbff0_0000, 0]), [0.5, -1]
      ),
      (0x0b, [0, 255, 0, 3], [1, 3 / 127.5 - 1]),
      (0x0c, SmallFiles.bigEndian([255, 3]), [1, 3 / 127.5 - 1]),
    ] as [(Int, [UInt8], [Float])])
  func idxOfEveryType(type: Int, content: [UInt8], expected: [Float]) throws {
    let folder = try TemporaryFolder()
    // Two images: the second is held out.
    let path = try folder.write(
      SmallFiles.bigEndian([type << 8 | 3, 2, 1, 2]) + content + content, "a")
    let data = try DataSet.load(DataSettings(source: .idx(images: path, labels: nil)))
    #expect((data.count, data.height, data.width) == (1, 1, 2))
    #expect(data.values(0..<1) == expected)
  }

  @Test func idxOfBytesWithASign() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      SmallFiles.bigEndian([0x0903, 2, 1, 2]) + [128, 127, 128, 127], "a")
    var settings = DataSettings(source: .idx(images: path, labels: nil))
    #expect(throws: DiffusionError.self) { try DataSet.load(settings) }
    settings.range = .init(-128, 127)
    #expect(try DataSet.load(settings).values(0..<1) == [-1, 1])
  }

  /// EMNIST's files hold each picture with rows and columns exchanged.
  @Test func idxTransposed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(SmallFiles.idxImages, "images")
    var settings = DataSettings(source: .idx(images: path, labels: nil))
    settings.transpose = true
    let data = try DataSet.load(settings)
    #expect((data.height, data.width) == (3, 2))
    #expect(data.bytes(1) == [40, 43, 41, 44, 42, 45])
  }

  @Test func zerosBehindAGzipMemberArePadding() throws {
    let folder = try TemporaryFolder()
    let plain = try folder.write(SmallFiles.idxImages, "plain")
    func load(_ path: String) throws -> DataSet {
      try DataSet.load(DataSettings(source: .idx(images: path, labels: nil)))
    }
    let zeros = [UInt8](repeating: 0, count: 700)
    let padded = try folder.write(StoredDeflate.gzip(SmallFiles.idxImages) + zeros, "padded")
    #expect(try load(padded).fingerprint == load(plain).fingerprint)
    let between = try folder.write(
      StoredDeflate.gzip(Array(SmallFiles.idxImages[..<20])) + zeros
        + StoredDeflate.gzip(Array(SmallFiles.idxImages[20...])) + zeros, "between")
    #expect(try load(between).fingerprint == load(plain).fingerprint)
    let rubbish = try folder.write(
      StoredDeflate.gzip(SmallFiles.idxImages) + zeros + [1, 2, 3], "rubbish")
    #expect(throws: DiffusionError.self) { try load(rubbish) }
  }
}
