import Foundation
import TestSupport
import Testing

@testable import Diffusion

@Suite struct IDXTests {
  private let folder: TemporaryFolder
  private let images: String
  private let labels: String

  init() throws {
    folder = try TemporaryFolder()
    images = try folder.write(SmallFiles.idxImages, "images")
    labels = try folder.write(SmallFiles.idxLabels, "labels")
  }

  private func load(
    _ images: String, _ labels: String? = nil, split: DataSettings.Split = .train
  ) throws -> DataSet {
    try DataSet.load(DataSettings(source: .idx(images: images, labels: labels), split: split))
  }

  @Test func valuesAndLabels() throws {
    let all = try IDX.read(images: images, labels: labels)
    #expect(all.labels == [2, 0, 1, 1, 0, 2] && all.classes == 3 && all.count == 6)
    let unlabelled = try load(images)
    #expect(unlabelled.classes == 0 && unlabelled.labels.isEmpty && unlabelled.label(0) == nil)
    #expect((unlabelled.name, unlabelled.count, unlabelled.isImage) == ("idx", 5, true))
    #expect((unlabelled.height, unlabelled.width, unlabelled.channels) == (2, 3, 1))
    #expect(unlabelled.bytes(3) == [120, 121, 122, 123, 124, 125])
    #expect(unlabelled.values(0..<1) == (0..<6).map { Float($0) / 127.5 - 1 })
    let test = try load(images, split: .test)
    #expect(test.count == 1 && test.bytes(0) == [200, 201, 202, 203, 204, 205])
  }

  /// The last of six images would leave classes 0 and 1 without held-out images.
  @Test func labelsStayWithTheirImages() throws {
    let (train, test) = (try load(images, labels), try load(images, labels, split: .test))
    #expect(train.labels == [0, 1, 2] && test.labels == [0, 1, 2] && train.classes == 3)
    let places = [0: Set([1, 4]), 1: [2, 3], 2: [0, 5]]
    for label in 0..<3 {
      let pair = [train.bytes(label)[0] / 40, test.bytes(label)[0] / 40]
      #expect(Set(pair) == places[label])
    }
  }

  @Test func gzipIsTheSameInOneMemberOrTwo() throws {
    let plain = try load(images, labels)
    let one = try folder.write(StoredDeflate.gzip(SmallFiles.idxImages), "one.gz")
    #expect(try load(one, labels).fingerprint == plain.fingerprint)
    let two = try folder.write(
      StoredDeflate.gzip(Array(SmallFiles.idxImages[..<21]))
        + StoredDeflate.gzip(Array(SmallFiles.idxImages[21...])), "two.gz")
    #expect(try load(two, labels).fingerprint == plain.fingerprint)
  }

  private func error(_ images: [UInt8], _ labels: [UInt8]? = nil) throws -> String? {
    let images = try folder.write(images, "bad-images")
    let labels = try labels.map { try folder.write($0, "bad-labels") }
    let error = #expect(throws: DiffusionError.self) { try load(images, labels) }
    #expect(error?.kind == .badInput)
    return error?.description.replacingOccurrences(of: folder.path + "/", with: "")
  }

  @Test func errorsNameTheFileWhatWasFoundAndWhatWasExpected() throws {
    #expect(
      try error(SmallFiles.idxLabels)
        == "bad-images: not an IDX file of images: its magic number is 0x00000801, expected "
        + "0x00000803 or that of another type of number")
    #expect(
      try error(SmallFiles.idxImages, SmallFiles.bigEndian([0x0801, 5]) + [1, 2, 3, 4, 5])
        == "bad-labels: holds 5 labels, expected 6, as many as images in bad-images")
    #expect(
      try error(SmallFiles.idxImages + [0])
        == "bad-images: too long: after the announced 6 images, 52 bytes, more follows")
    #expect(
      try error(SmallFiles.bigEndian([0x0803, 6, 0, 3]))
        == "bad-images: announces 6×0×3 numbers; expected a sensible number of rows")
    #expect(
      try error(SmallFiles.bigEndian([0x0803, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff]) + [1])?
        .contains("expected a sensible number of images") == true)
    #expect(
      try error(SmallFiles.bigEndian([0x0803, 60_000, 28, 28]) + [1])
        == "bad-images: truncated: images (60000×28×28) takes 47040000 bytes, the file's 17 cannot "
        + "hold them")
    #expect(
      try error(SmallFiles.bigEndian([0x0803, 1, 2, 2]) + [1, 2, 3, 4])
        == "bad-images: holds 1 image, expected at least 2: the last tenth is held out for testing")
    #expect(try error([])?.hasPrefix("bad-images: truncated: the magic number") == true)
  }

  @Test func gzipThatLiesOrIsDamagedIsRefused() throws {
    let announces = SmallFiles.bigEndian([0x0803, 60_000, 28, 28])
    #expect(try error(StoredDeflate.gzip(announces))?.contains("cannot hold them") == true)
    // A thousand bytes could hold a million; they do not.
    let less = SmallFiles.bigEndian([0x0803, 1000, 28, 28]) + [UInt8](repeating: 1, count: 1000)
    #expect(
      try error(StoredDeflate.gzip(less))
        == "bad-images: truncated: images (1000×28×28) takes 784000 bytes from byte 16 on, 1000 are "
        + "there")
    #expect(
      try error(StoredDeflate.gzip(SmallFiles.idxImages + [7]))?.contains("too long") == true)
    #expect(
      try error(StoredDeflate.gzip(SmallFiles.idxImages) + [1, 2, 3])?.contains("damaged") == true)
    var wrong = StoredDeflate.gzip(SmallFiles.idxImages)
    wrong[wrong.count - 6] ^= 1
    #expect(
      try error(wrong)
        == "bad-images: damaged: it cannot be expanded (incorrect data check)")
  }

  @Test func whatIsNotThereOrNoFileIsSaid() throws {
    #expect(throws: DiffusionError(.notFound, "\(folder.path)/none: No such file or directory")) {
      try load(folder.path + "/none")
    }
    #expect(throws: DiffusionError(.badInput, "\(folder.path): not a file")) {
      try load(images, folder.path)
    }
  }
}
