import Diffusion
import Testing

@Suite struct DataSetTests {
  private func make(
    _ values: [Float], labels: [Int32] = [], classes: Int = 0
  ) throws(DiffusionError) -> DataSet {
    try DataSet(
      name: "a", values: values, height: 2, width: 3, channels: 2, labels: labels, classes: classes)
  }

  @Test func mirroringExchangesLeftAndRight() throws {
    let data = try make((0..<24).map(Float.init))
    #expect(data.count == 2 && data.valuesPerImage == 12)
    let mirrored = [Float](unsafeUninitializedCapacity: 12) { buffer, count in
      data.copy(1, mirrored: true, into: buffer)
      count = 12
    }
    #expect(mirrored == [16, 17, 14, 15, 12, 13, 22, 23, 20, 21, 18, 19])
    #expect(data.values(1..<2) == (12..<24).map(Float.init))
  }

  @Test func theFingerprintFollowsContentShapeAndLabels() throws {
    let zeros = [Float](repeating: 0, count: 24)
    var other = zeros
    other[23] = 1
    let fingerprints = [
      try make(zeros), try make(other), try make(zeros, labels: [0, 1], classes: 2),
      try make(zeros, labels: [1, 0], classes: 2), try make(zeros, labels: [0, 1], classes: 3),
      try DataSet(name: "a", values: zeros, height: 3, width: 2, channels: 2),
    ].map(\.fingerprint)
    #expect(Set(fingerprints).count == 6)
    #expect(fingerprints.allSatisfy { $0.count == 64 })
    #expect(try make(zeros).fingerprint == fingerprints[0])
  }

  @Test func whatDoesNotFitIsRefused() {
    #expect(throws: DiffusionError(.badInput, "a: 13 values are not images of 2×3×2")) {
      try make([Float](repeating: 0, count: 13))
    }
    #expect(throws: DiffusionError(.badInput, "a: 1 labels for 2 images")) {
      try make([Float](repeating: 0, count: 24), labels: [0], classes: 1)
    }
    #expect(throws: DiffusionError(.badInput, "a: label 2 is out of range: there are 2 classes")) {
      try make([Float](repeating: 0, count: 24), labels: [0, 2], classes: 2)
    }
  }
}
