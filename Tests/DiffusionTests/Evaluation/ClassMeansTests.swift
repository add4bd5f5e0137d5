import Testing

@testable import Diffusion

@Suite struct ClassMeansTests {
  /// Means (1, 0), (0, 2) and (−4, −4); of class 3 there are no images.
  private func make() throws -> ClassMeans {
    try ClassMeans(
      SyntheticImages.vectors(
        [0, 0, 2, 0, 0, 1, 0, 3, -4, -4], elements: 2, labels: [0, 0, 1, 1, 2], classes: 4))
  }

  @Test func means() throws {
    let means = try make()
    #expect(means.counts == [2, 2, 1, 0])
    #expect(means.means == [1, 0, 0, 2, -4, -4, 0, 0])
  }

  @Test func theNearest() throws {
    let means = try make()
    // (0, 0): 1, 4 and 32 away. (½, 1): equally far from the first two. Class 3 is nowhere.
    #expect(means.nearest(to: [0, 0, 0, 2, -3, -3, 0.5, 0.75]) == [0, 1, 2, 0])
    #expect(means.nearest(to: [.nan, 0, 0, .infinity, -.infinity, 0]) == [nil, nil, nil])
    #expect(means.nearest(to: []).isEmpty)
  }

  @Test func agreement() throws {
    let means = try make()
    let samples: [Float] = [0, 0, 0, 2, -3, -3, 1, 0.5, -9, -9]
    #expect(means.agreement(samples: samples, labels: [0, 1, 2, 0, 0]) == 0.8)
    #expect(means.agreement(samples: samples, labels: [1, 1, 1, 1, 1]) == 0.2)
    // A class that nobody knows is never right.
    #expect(means.agreement(samples: samples, labels: [3, 4, -1, 3, 3]) == 0)
    #expect(means.agreement(samples: [], labels: []).isNaN)
    // Of images that are none there is no share: not 0, and not that of the others.
    for value in [Float.nan, .infinity] {
      #expect(means.agreement(samples: [0, 0, value, 0], labels: [0, 0]).isNaN)
      #expect(means.agreement(samples: [value, value], labels: [0]).isNaN)
    }
  }

  /// By hand, over more images than go together.
  @Test func againstPlainDistances() throws {
    let data = try SyntheticImages.correlated(700, elements: 6, seed: 1, classes: 5)
    let means = try ClassMeans(data)
    #expect(means.counts == [140, 140, 140, 140, 140])
    let values = data.values(0..<700)
    let expected = (0..<700).map { row -> Int? in
      (0..<5).min { a, b in distance(row, a) < distance(row, b) }
    }
    func distance(_ row: Int, _ label: Int) -> Double {
      (0..<6).reduce(0) { sum, k in
        let difference = Double(values[row * 6 + k]) - means.means[label * 6 + k]
        return sum + difference * difference
      }
    }
    #expect(means.nearest(to: values) == expected)
    #expect(Set(expected).count == 5)
  }

  @Test func unlabelledDataAreRefused() throws {
    let data = try SyntheticImages.vectors([1, 2], elements: 2)
    let error = #expect(throws: DiffusionError.self) { try ClassMeans(data) }
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains("evaluation.metrics") == true)
  }
}
