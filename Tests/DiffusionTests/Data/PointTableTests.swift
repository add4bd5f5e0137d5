import Testing

@testable import Diffusion

@Suite struct PointTableTests {
  /// As `numpy.save` writes it, byte for byte.
  @Test func aTableIsWhatNumPyWrites() throws {
    let values: [Float] = [1, -2.5, 0, .pi, 1e-30, 7]
    let table = PointTable(values, dimensions: 3)
    #expect(
      table.npy
        == SmallFiles.npy("<f4", shape: [2, 3], content: SmallFiles.float32(values)))
    #expect(try PointTable(npy: table.npy, name: "n") == table)
    #expect(table.count == 2)
  }

  @Test func othersAreRefused() {
    let line = SmallFiles.npy("<f4", shape: [2], content: SmallFiles.float32([1, 2]))
    #expect(throws: DiffusionError.self) { try PointTable(npy: line, name: "n") }
    #expect(throws: DiffusionError.self) { try PointTable(npy: [1, 2, 3], name: "n") }
  }
}
