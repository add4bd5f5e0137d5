import TestSupport
import Testing

@testable import Diffusion

@Suite struct CIFAR100Tests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(record(coarse: 11, fine: 19) + record(coarse: 4, fine: 0), "train.bin")
    try folder.write(record(coarse: 19, fine: 99), "test.bin")
  }

  /// Byte i of plane p is (7·i + 50·p + fine) mod 256.
  private func record(coarse: UInt8, fine: UInt8) -> [UInt8] {
    [coarse, fine]
      + (0..<3).flatMap { plane in
        (0..<1024).map { UInt8(truncatingIfNeeded: 7 * $0 + 50 * plane + Int(fine)) }
      }
  }

  private func load(
    _ classes: DataSettings.CIFAR100Classes = .fine, split: DataSettings.Split = .train
  ) throws -> DataSet {
    try DataSet.load(
      DataSettings(source: .cifar100(path: folder.path, classes: classes), split: split))
  }

  @Test func eitherLabelIsTheClass() throws {
    let fine = try load()
    #expect((fine.name, fine.count, fine.height, fine.channels) == ("cifar100", 2, 32, 3))
    #expect(fine.labels == [19, 0] && fine.classes == 100)
    #expect(fine.classNames[19] == "cattle" && fine.classNames[99] == "worm")
    let coarse = try load(.coarse)
    #expect(coarse.labels == [11, 4] && coarse.classes == 20)
    #expect(coarse.classNames[11] == "large_omnivores_and_herbivores")
    for pixel in [0, 1, 1023] {
      let bytes = (0..<3).map { fine.bytes(0)[3 * pixel + $0] }
      #expect(bytes == (0..<3).map { (7 * pixel + 50 * $0 + 19) % 256 })
    }
    #expect(try load(split: .test).labels == [99])
    // As many names as the files' labels can have, none twice.
    #expect(Set(CIFAR100.fineNames).count == 100 && Set(CIFAR100.coarseNames).count == 20)
    #expect(CIFAR100.fineNames == CIFAR100.fineNames.sorted())
  }

  @Test func badFilesAreRefused() throws {
    try folder.write(record(coarse: 20, fine: 0), "train.bin")
    #expect(
      throws: DiffusionError(
        .badInput, "\(folder.path)/train.bin: the label of record 0 is 20, expected 0 to 19")
    ) { try load() }
    try folder.write([1, 2, 3], "train.bin")
    #expect(
      throws: DiffusionError(
        .badInput,
        "\(folder.path)/train.bin: 3 bytes are not a CIFAR-100 file: expected records of 3074 bytes"
      )
    ) { try load() }
  }
}
