import Testing

@testable import Diffusion

@Suite struct EvaluationImagesTests {
  private func numbered(_ count: Int, classes: Int) throws -> DataSet {
    try SyntheticImages.vectors(
      (0..<count).map(Float.init), elements: 1, labels: (0..<count).map { Int32($0 % classes) },
      classes: classes)
  }

  @Test func oneFromEachStretch() throws {
    let chosen = EvaluationImages(try numbered(1000, classes: 4), count: 150)
    #expect(chosen.count == 150)
    for (i, index) in chosen.indices.sorted().enumerated() {
      #expect((i * 1000 / 150..<(i + 1) * 1000 / 150).contains(index))
    }
    #expect(chosen.indices != chosen.indices.sorted())
    #expect(chosen.values(3..<6) == chosen.indices[3..<6].map(Float.init))
    #expect(chosen.labels == chosen.indices.map { $0 % 4 })
    #expect(chosen.prefix(7).indices == Array(chosen.indices.prefix(7)))
  }

  /// Stretches of 4 with classes of period 4 would give one class alone, were the first taken of each.
  @Test func classesOfAPeriodAreAllThere() throws {
    let labels = try #require(EvaluationImages(try numbered(4000, classes: 4), count: 1000).labels)
    for label in 0..<4 {
      // Five standard errors of a share of ¼: √(1000·¼·¾) = 13.7.
      #expect(abs(labels.count { $0 == label } - 250) < 69)
    }
  }

  @Test func allOfAFew() throws {
    let data = try numbered(20, classes: 2)
    for count in [20, 21, 10_000] {
      #expect(EvaluationImages(data, count: count).indices.sorted() == Array(0..<20))
    }
    #expect(EvaluationImages(data, count: 0).indices.isEmpty)
    #expect(EvaluationImages(data, count: -1).chunks().isEmpty)
    #expect(EvaluationImages(data, count: 20).chunks(of: 8) == [0..<8, 8..<16, 16..<20])
  }
}
