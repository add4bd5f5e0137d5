import Diffusion
import TestSupport
import Testing

@Suite struct CIFAR10Tests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for batch in 1...5 {
      try folder.write(SmallFiles.cifarBatch, "data_batch_\(batch).bin")
    }
    try folder.write(Array(SmallFiles.cifarBatch[3073...]), "test_batch.bin")
  }

  private func load(limit: Int? = nil, split: DataSettings.Split = .train) throws -> DataSet {
    try DataSet.load(DataSettings(source: .cifar10(path: folder.path), split: split, limit: limit))
  }

  @Test func planesBecomeChannels() throws {
    let train = try load()
    #expect((train.count, train.height, train.width, train.channels) == (10, 32, 32, 3))
    #expect(train.labels == [3, 9, 3, 9, 3, 9, 3, 9, 3, 9] && train.classes == 10)
    #expect(train.classNames[3] == "cat")
    for pixel in [0, 1, 33, 1023] {
      let bytes = (0..<3).map { train.bytes(1)[3 * pixel + $0] }
      #expect(bytes == (0..<3).map { (7 * pixel + 50 * $0 + 1) % 256 })
    }
    let test = try load(split: .test)
    #expect(test.count == 1 && test.labels == [9] && test.bytes(0) == train.bytes(1))
  }

  @Test func aLimitReadsNoMoreBatchesThanItNeeds() throws {
    try folder.write([1, 2, 3], "data_batch_3.bin")
    #expect(try load(limit: 4).count == 4)
    #expect(throws: DiffusionError.self) { try load(limit: 5) }
  }

  @Test func badBatchesAreRefused() throws {
    try folder.write(Array(SmallFiles.cifarBatch.dropLast()), "data_batch_2.bin")
    #expect(
      throws: DiffusionError(
        .badInput,
        "\(folder.path)/data_batch_2.bin: 6145 bytes are not a CIFAR-10 batch: expected records of "
          + "3073 bytes")
    ) { try load() }
    var wrong = SmallFiles.cifarBatch
    wrong[3073] = 10
    try folder.write(wrong, "data_batch_2.bin")
    #expect(
      throws: DiffusionError(
        .badInput,
        "\(folder.path)/data_batch_2.bin: the label of record 1 is 10, expected 0 to 9")
    ) { try load() }
    let error = #expect(throws: DiffusionError.self) {
      try DataSet.load(DataSettings(source: .cifar10(path: folder.path + "/none")))
    }
    #expect(error?.kind == .notFound)
    #expect(error?.description.contains("cifar-10-binary.tar.gz") == true)
  }
}
