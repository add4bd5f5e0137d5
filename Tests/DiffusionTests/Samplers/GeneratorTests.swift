import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct GeneratorTests {
  private let network = SmallUNet(
    ModelSettings(levels: 2, baseChannels: 8), conditioning: ConditioningSettings(kind: .class),
    channels: 1, classes: 3, timeSpan: 100)

  private func images(
    _ settings: SamplingSettings, _ indices: Range<Int>, classes: [Int]? = nil,
    nullClass: Int? = nil, workers: Int = 1
  ) throws -> [Float] {
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    let predictor = Predictor(
      network: network, values: AlignedBuffer(network.layout.initialValues(seed: 2)), height: 4,
      width: 4, pool: pool)
    return try Generator(
      predictor: predictor, process: NoiseProcess(DiffusionSettings(steps: 100))
    ).images(
      settings, indices: indices, classes: classes, nullClass: nullClass, clip: true
    ).values
  }

  @Test func anotherClassMayStandForNone() throws {
    func settings(_ guidance: Double) -> SamplingSettings {
      SamplingSettings(sampler: .ddpm, steps: 5, guidance: guidance, seed: 1)
    }
    let second = try images(settings(1), 0..<3, classes: [1, 1, 1])
    #expect(try images(settings(0), 0..<3, classes: [0, 1, 2], nullClass: 1) == second)
    #expect(try images(settings(0), 0..<3) == images(settings(0), 0..<3, nullClass: 3))
    #expect(try images(settings(0), 0..<3) != second)
  }

  @Test(arguments: [0.0, 1, 2.5]) func anImageIsTheSameAloneInABatchAndOnAnyWorkers(
    guidance: Double
  ) throws {
    let settings = SamplingSettings(sampler: .ddpm, steps: 5, guidance: guidance, seed: 1)
    let together = try images(settings, 0..<21)
    #expect(together.count == 21 * 16)
    #expect(try images(settings, 0..<21, workers: 3) == together)
    for index in [0, 7, 8, 20] {
      #expect(
        try images(settings, index..<index + 1) == Array(together[index * 16..<(index + 1) * 16]))
    }
  }

  /// A trajectory ends where the image is, and begins with its noise.
  @Test(arguments: [SamplingSettings.Sampler.ddpm, .ddim], [0.0, 2])
  func aTrajectoryLeadsToTheImage(sampler: SamplingSettings.Sampler, guidance: Double) throws {
    let settings = SamplingSettings(sampler: sampler, steps: 5, guidance: guidance, seed: 1)
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let predictor = Predictor(
      network: network, values: AlignedBuffer(network.layout.initialValues(seed: 2)), height: 4,
      width: 4, pool: pool)
    let generator = Generator(
      predictor: predictor, process: try NoiseProcess(DiffusionSettings(steps: 100)))
    let together = try images(settings, 0..<8)
    let film = try generator.trajectory(settings, index: 5, clip: true)
    #expect(film.steps.map(\.index) == [0, 1, 2, 3, 4])
    #expect(film.steps.map(\.level.time) == film.steps.map(\.level.time).sorted(by: >))
    #expect(film.steps.last?.x == Array(together[5 * 16..<6 * 16]))
    let noise = SamplingNoise(seed: 1, indices: 5..<6, elements: 16).start()
    #expect(film.start == noise)
    let other = try generator.trajectory(settings, index: 5, classIndex: 1, clip: true)
    let expected = try images(settings, 5..<6, classes: [1])
    #expect(other.steps.last?.x == expected)
  }

  /// Fewer images than workers are spread over all of them, operation by operation.
  @Test(arguments: Precision.allCases) func fewImagesAreTheSameOnAnyWorkers(
    _ precision: Precision
  ) throws {
    let network = SmallUNet(
      ModelSettings(levels: 2, baseChannels: 16), conditioning: ConditioningSettings(kind: .class),
      channels: 3, classes: 3, timeSpan: 100)
    for kernels in KernelSet.underTest() {
      func draw(_ count: Int, workers: Int) throws -> [Float] {
        let pool = WorkerPool(count: workers)
        defer { pool.end() }
        let predictor = Predictor(
          network: network, values: AlignedBuffer(network.layout.initialValues(seed: 2)),
          height: 32, width: 32, precision: precision, kernels: kernels, pool: pool)
        let generator = Generator(
          predictor: predictor, process: try NoiseProcess(DiffusionSettings(steps: 100)))
        let drawn = try generator.images(
          SamplingSettings(sampler: .ddim, steps: 2, guidance: 2), indices: 0..<count, clip: true)
        return drawn.values
      }
      let expected = try draw(2, workers: 1)
      let two = try draw(2, workers: 3)
      let one = try draw(1, workers: 2)
      let same = two == expected && one == Array(expected[..<(32 * 32 * 3)])
      #expect(same, "\(kernels)")
    }
  }

  /// ε_u + s·(ε_c − ε_u): s = 0 forgets the class, s = 1 is the class alone, told apart from others.
  @Test func guidanceIsToTheClass() throws {
    func draw(_ guidance: Double, _ label: Int) throws -> [Float] {
      try images(
        SamplingSettings(sampler: .ddim, steps: 1, clip: false, guidance: guidance), 0..<1,
        classes: [label])
    }
    let (none, zero, one) = (try draw(0, 0), try draw(1, 0), try draw(1, 1))
    #expect(try draw(0, 1) == none)
    #expect(zero != one && zero != none)
    // Of one step, linear in ε, images are combined just as the predictions are.
    let guided = try draw(3, 0)
    let expected = zip(none, zero).map { $0 + 3 * ($1 - $0) }
    #expect(relativeError(guided, expected) < 1e-5)
    #expect(relativeError(guided, zero) > 1e-3)
  }

  /// Image i is of class i mod 3 unless told otherwise.
  @Test func classesTakeTurns() throws {
    let settings = SamplingSettings(sampler: .ddim, steps: 3)
    #expect(
      try images(settings, 4..<8) == images(settings, 4..<8, classes: [1, 2, 0, 1]))
    #expect(
      try images(settings, 4..<8) != images(settings, 4..<8, classes: [1, 2, 0, 0]))
  }

  @Test func errorsComeThrough() {
    #expect(throws: DiffusionError.self) { try images(SamplingSettings(steps: 101), 0..<20) }
  }
}
