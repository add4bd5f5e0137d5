import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct InterpolationTests {
  private func length(_ values: [Float]) -> Double {
    values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  private func angle(_ a: [Float], _ b: [Float]) -> Double {
    let product = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    return acos(product / (length(a) * length(b)))
  }

  private func noise(_ index: Int, _ count: Int = 300) -> [Float] {
    SamplingNoise(seed: 3, indices: index..<index + 1, elements: count).start()
  }

  // MARK: slerp

  @Test func endsAreExact() {
    let (a, b) = (noise(0), noise(1))
    #expect(slerp(a, b, 0) == a)
    #expect(slerp(a, b, 1) == b)
    let long = b.map { 7 * $0 }
    #expect(slerp(a, long, 0) == a && slerp(a, long, 1) == long)
  }

  /// The angle grows in proportion, the length from one end's to the other's; each value is rounded once to Float.
  @Test(arguments: [0.1, 0.25, 0.5, 0.8]) func angleAndLengthGoInProportion(t: Double) {
    let (a, b) = (noise(0), noise(1))
    let between = slerp(a, b, t)
    let expected = (1 - t) * length(a) + t * length(b)
    #expect(abs(length(between) / expected - 1) < 1e-7)
    #expect(abs(angle(a, between) - t * angle(a, b)) < 1e-6)
    #expect(abs(angle(between, b) - (1 - t) * angle(a, b)) < 1e-6)
    // In the plane of both.
    let mixed = zip(slerp(b, a, 1 - t), between).map { abs($0 - $1) }
    #expect((mixed.max() ?? 1) < 1e-6)
  }

  @Test func byHand() {
    let half = Float(0.5.squareRoot())
    for (value, expected) in zip(slerp([1, 0], [0, 1], 0.5), [half, half]) {
      #expect(abs(value - expected) < 1e-7)
    }
    // A third of 90°.
    for (value, expected) in zip(
      slerp([2, 0], [0, 2], Double(1) / 3), [Double(3).squareRoot(), 1])
    {
      #expect(abs(Double(value) - expected) < 1e-6)
    }
    // Along one line, and from nothing.
    #expect(slerp([1, 2], [2, 4], 0.5) == [1.5, 3])
    #expect(slerp([0, 0], [2, 4], 0.5) == [1, 2])
    #expect(slerp([1, 0], [-1, 0], 0.25) == [0.5, 0])
  }

  @Test func sharesIncludeBothEnds() {
    #expect(interpolationShares(5) == [0, 0.25, 0.5, 0.75, 1])
    #expect(interpolationShares(1) == [0])
  }

  // MARK: Denoisers

  @Test func predictionsAreMixedSampleBySample() throws {
    let (first, second): (Denoiser<Float>, Denoiser<Float>) = (
      { x, _, out in for k in x.indices { out[k] = 0.1 * x[k] } },
      { x, _, out in for k in x.indices { out[k] = 3 - x[k] } }
    )
    let mixed = interpolated(first, second, shares: [0, 0.25, 1], elements: 2)
    let x: [Float] = [1, 2, 3, 4, 5, 6]
    var output = [Float](repeating: 0, count: 6)
    try mixed(x, .data, &output)
    #expect(output[0] == Float(0.1) && output[1] == Float(0.1) * 2, "the first alone")
    #expect(output[4...] == [-2, -3], "the second alone")
    #expect(abs(output[2] - (0.75 * 0.3 + 0.25 * 0)) < 1e-6)
    #expect(abs(output[3] - (0.75 * 0.4 + 0.25 * -1)) < 1e-6)
  }

  // MARK: Rows of a network

  private let network = SmallUNet(
    ModelSettings(levels: 2, baseChannels: 8), conditioning: ConditioningSettings(kind: .class),
    channels: 1, classes: 3, timeSpan: 100)

  private func generate<Result>(
    workers: Int = 2, _ body: (Generator) throws -> Result
  ) throws -> Result {
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    let predictor = Predictor(
      network: network, values: AlignedBuffer(network.layout.initialValues(seed: 2)), height: 4,
      width: 4, pool: pool)
    return try body(
      Generator(predictor: predictor, process: NoiseProcess(DiffusionSettings(steps: 100))))
  }

  /// The ends are the images that `sample` draws of these noises and classes.
  @Test(arguments: [SamplingSettings.Sampler.ddim, .ddpm, .dpmpp2M, .eulerAncestral], [1.0, 2])
  func rowsBeginAndEndWithSamples(
    sampler: SamplingSettings.Sampler, guidance: Double
  ) throws {
    // Not clipped: nearly all that an untrained network draws would be −1 or 1.
    let settings = SamplingSettings(
      sampler: sampler, steps: 5, clip: false, guidance: guidance, seed: 1)
    func image(_ index: Int, _ label: Int) throws -> [Float] {
      try generate {
        try $0.images(settings, indices: index..<index + 1, classes: [label], clip: true).values
      }
    }
    func rows(_ rows: [(from: Generator.End, to: Generator.End)], workers: Int) throws -> [Float] {
      try generate(workers: workers) {
        try $0.interpolations(rows, count: 11, settings, clip: true).values
      }
    }
    let ends: [(from: Generator.End, to: Generator.End)] = [
      (.init(noise: 3, label: 1), .init(noise: 5, label: 1)),
      (.init(noise: 4, label: 0), .init(noise: 4, label: 2)),
      (.init(noise: 4, label: 2), .init(noise: 3, label: 1)),
    ]
    let drawn = try rows(ends, workers: 2)
    #expect(drawn.count == 3 * 11 * 16)
    #expect(try rows(ends, workers: 1) == drawn)
    #expect(try rows(Array(ends[1...1]), workers: 4) == Array(drawn[11 * 16..<22 * 16]))
    func at(_ row: Int, _ column: Int) -> [Float] {
      let first = (row * 11 + column) * 16
      return Array(drawn[first..<first + 16])
    }
    #expect(try at(0, 0) == image(3, 1))
    #expect(try at(1, 0) == image(4, 0))
    #expect(try at(1, 10) == image(4, 2), "the same noise, another class")
    #expect(try at(2, 0) == image(4, 2))
    if !settings.addsNoise { #expect(try at(0, 10) == image(5, 1) && at(2, 10) == image(3, 1)) }
    for row in 0..<3 {
      for column in 1..<10 { #expect(at(row, column) != at(row, column - 1)) }
    }
  }
}
