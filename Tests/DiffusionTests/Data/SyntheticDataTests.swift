import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct SyntheticDataTests {
  private func shapes(
    split: DataSettings.Split = .train, limit: Int? = nil, size: Int? = nil
  ) throws -> DataSet {
    try DataSet.load(DataSettings(source: .shapes, split: split, limit: limit, size: size))
  }

  @Test func anImageDependsOnItsNumberAndSplitAlone() throws {
    let train = try shapes()
    let few = try shapes(limit: 30)
    let test = try shapes(split: .test)
    #expect((train.count, few.count, test.count) == (10_000, 30, 2_000))
    #expect((train.height, train.width, train.channels, train.classes) == (32, 32, 3, 8))
    #expect(train.labels.prefix(10) == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1])
    #expect(few.values(0..<30) == train.values(0..<30))
    for i in 0..<30 {
      #expect(train.values(i..<i + 1) != test.values(i..<i + 1))
      #expect(train.values(i..<i + 1) != train.values(i + 8..<i + 9))
    }
    #expect(train.fingerprint != few.fingerprint && train.fingerprint != test.fingerprint)
    #expect(try shapes().fingerprint == train.fingerprint)
  }

  @Test func valuesAreBytesOnBlackThatTouchNoEdge() throws {
    let data = try shapes(limit: 200)
    for i in 0..<data.count {
      let values = data.values(i..<i + 1)
      #expect(values.allSatisfy { $0 == Float((($0 + 1) * 127.5).rounded()) / 127.5 - 1 })
      #expect(values.min() == -1 && values.max() == 1)
      for edge in 0..<32 {
        #expect(values[3 * edge] == -1 && values[3 * (31 * 32 + edge)] == -1)
      }
    }
  }

  /// FNV-1a over the bytes of the first images of each size: runs trained on them are known by their settings, so they
  /// may never change.
  @Test func theyNeverChange() throws {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for size in [8, 28, 32, 64] {
      for value in try shapes(limit: 400, size: size).values(0..<400) {
        hash = (hash ^ UInt64((value + 1) * 127.5 + 0.5)) &* 0x100_0000_01b3
      }
    }
    #expect(hash == 16_309_754_405_107_726_860)
  }

  /// Of radius 1, by class; the moon's is left out.
  private static let areas: [(Int, Float)] = [
    (0, .pi), (1, .pi * (1 - 0.56 * 0.56)), (2, 1.6 * 1.6), (3, 1.7 * 1.7 - 0.9 * 0.9),
    (4, 1.9 * 1.75 / 2), (5, 2 * 1.9 * 0.6 - 0.6 * 0.6), (6, 10 * 0.5 * 1.05 * 0.45 * 0.587_785),
  ]

  /// The brightest channel is 1 in every colour, so that its sum is the shape's area. Antialiasing
  /// errs at curved edges and at corners: 3 % of shapes of radius 14 to 24.
  @Test(arguments: areas) func areasAreThoseOfTheShapes(shape: Int, area: Float) throws {
    let data = try shapes(limit: 80, size: 64)
    for i in stride(from: shape, to: 80, by: 8) {
      let u = CounterRandom(seed: 0x5348_4150_4553).uniforms(
        count: 1, image: i, step: 0, purpose: .data)
      let radius = 64 * (0.22 + 0.16 * u[0])
      let values = data.values(i..<i + 1)
      var ink: Float = 0
      for pixel in 0..<64 * 64 {
        ink += (values[3 * pixel..<3 * pixel + 3].max()! + 1) / 2
      }
      #expect(abs(ink / (area * radius * radius) - 1) < 0.03, "image \(i)")
    }
  }

  @Test func momentsOfAGaussian() throws {
    let data = try DataSet.load(
      DataSettings(source: .gaussian(variance: 0.25, mean: 0.3), limit: 20_000, size: 3))
    #expect((data.count, data.height, data.width, data.channels) == (20_000, 1, 1, 3))
    #expect(!data.isImage && data.classes == 0)
    let values = data.values(0..<20_000)
    for dimension in 0..<3 {
      let one = stride(from: dimension, to: values.count, by: 3).map { Double(values[$0]) }
      let mean = one.reduce(0, +) / 20_000
      let variance = one.reduce(0) { $0 + ($1 - 0.3) * ($1 - 0.3) } / 20_000
      // Four standard errors: √(v/n) and √(2/n)·v.
      #expect(abs(mean - 0.3) < 4 * (0.25 / 20_000).squareRoot())
      #expect(abs(variance - 0.25) < 4 * 0.25 * (2.0 / 20_000).squareRoot())
    }
    #expect(try DataSet.load(DataSettings(source: .gaussian(variance: 1, mean: 0))).channels == 1)
  }

  @Test func theMixtureLiesOnACircleOfEight() throws {
    let data = try DataSet.load(DataSettings(source: .mixture(), limit: 8000))
    #expect((data.channels, data.classes, data.isImage) == (2, 8, false))
    let values = data.values(0..<8000)
    var sums = [Double](repeating: 0, count: 16)
    for i in 0..<8000 {
      sums[2 * (data.label(i) ?? 0)] += Double(values[2 * i]) / 1000
      sums[2 * (data.label(i) ?? 0) + 1] += Double(values[2 * i + 1]) / 1000
    }
    let half = 0.75 * 0.5.squareRoot()
    let centres = [
      0.75, 0, half, half, 0, 0.75, -half, half, -0.75, 0, -half, -half, 0, -0.75, half, -half,
    ]
    for (sum, centre) in zip(sums, centres) {
      // Four standard errors of a mean of 1000.
      #expect(abs(sum - centre) < 4 * 0.05 / 1000.0.squareRoot())
    }
  }

  @Test(arguments: [
    DataSettings(source: .shapes, size: 7), DataSettings(source: .shapes, size: 4097),
    DataSettings(source: .shapes, size: 0), DataSettings(source: .shapes, limit: 0),
    DataSettings(source: .shapes, limit: .max), DataSettings(source: .mixture(), size: 3),
    DataSettings(source: .gaussian(variance: -1, mean: 0)),
    DataSettings(source: .gaussian(variance: .nan, mean: 0)),
    DataSettings(source: .gaussian(variance: 1, mean: .infinity)),
  ]) func settingsOutOfRangeAreRefused(settings: DataSettings) {
    let error = #expect(throws: DiffusionError.self) { try DataSet.load(settings) }
    #expect(error?.kind == .badInput)
  }
}
