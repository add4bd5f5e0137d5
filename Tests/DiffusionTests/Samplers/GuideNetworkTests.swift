import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Guidance by another network (Karras et al. 2024, "Guiding a Diffusion Model with a Bad Version of Itself").
@Suite(.serialized) struct GuideNetworkTests {
  private static let pool = WorkerPool(count: 2)

  private static func description(
    _ change: (inout NetworkDescription) -> Void = { _ in }
  ) -> NetworkDescription {
    var description = NetworkDescription(
      model: ModelSettings(levels: 2, baseChannels: 16, timeEmbeddingDim: 16),
      conditioning: ConditioningSettings(kind: .class, inject: .time), channels: 1, height: 8,
      width: 8, classes: 3)
    change(&description)
    return description
  }

  private static func file(
    seed: UInt64, _ change: (inout NetworkDescription) -> Void = { _ in }
  ) throws -> NetworkFile {
    let description = description(change)
    let network = try description.makeNetwork()
    return NetworkFile(
      description: description, network: network,
      values: AlignedBuffer(network.layout.initialValues(seed: seed)))
  }

  private static func predictor(_ file: NetworkFile, _ pool: WorkerPool = pool) -> Predictor {
    Predictor(
      network: file.network, values: file.values, height: file.description.height,
      width: file.description.width, pool: pool)
  }

  private static func generator(
    _ own: NetworkFile, by guide: NetworkFile?, _ pool: WorkerPool = pool
  ) throws -> Generator {
    let process = try NoiseProcess(own.description.diffusion)
    return Generator(
      predictor: predictor(own, pool), process: process,
      guide: try guide.map {
        try GuideNetwork($0, guiding: own.description, process: process, pool: pool)
      })
  }

  private static func rule(_ scale: Double) -> Guidance {
    var rule = Guidance(scale: scale)
    rule.guide = .network
    return rule
  }

  private static func x(_ elements: Int, count: Int = 2) -> [Float] {
    CounterRandom(seed: 9).normals(count: count * elements, image: 0, step: 0, purpose: .data)
  }

  // MARK: Targets

  private static let processes: [DiffusionSettings.Process] = [
    .vp, .subVP(), .ve(), .edm(), .flow(), .trig,
  ]

  /// What two networks say that know x_0 and ε, each in its own terms.
  @Test(arguments: processes) func everyTargetIsSaidInTheTermsOfEveryOther(
    _ kind: DiffusionSettings.Process
  ) throws {
    let (x0, noise) = (Self.x(40), Self.x(40, count: 3).suffix(80))
    for own in PredictionTarget.allCases {
      for theirs in PredictionTarget.allCases {
        guard
          let process = try? NoiseProcess(DiffusionSettings(process: kind, prediction: own)),
          let other = try? NoiseProcess(DiffusionSettings(process: kind, prediction: theirs))
        else { continue }
        #expect(other.hasLevels(of: process) && other.predicts(as: process) == (own == theirs))
        for u in [0.05, 0.5, 0.95] {
          let level = process.level(at: u)
          func said(_ process: NoiseProcess) -> [Double] {
            zip(x0, noise).map { x0, noise in
              process.prediction.target(
                x0: Double(x0), noise: Double(noise), at: level, sigmaData: process.sigmaData)
            }
          }
          let x = level.addNoise(to: x0, noise: Array(noise))
          var output = said(other).map { Float($0) }
          process.translate(&output, x: x, at: level, from: other)
          // x is rounded to 24 bits, and where σ is small little of it is noise: at worst 1/500 of it here.
          let scale = max(1, 1 / level.sigma, level.sigma / level.signal)
          expectClose(
            output.map(Double.init), said(process), within: 3e-6 * scale * max(1, level.sigma))
        }
      }
    }
  }

  /// σ_d is part of what a network of the target `edm` says.
  @Test func otherDeviationsOfTheData() throws {
    func process(_ sigmaData: Double) throws -> NoiseProcess {
      try NoiseProcess(
        DiffusionSettings(process: .edm(sigmaData: sigmaData), prediction: .edm))
    }
    let (own, other) = (try process(0.5), try process(1.5))
    #expect(other.hasLevels(of: own) && !other.predicts(as: own))
    let level = own.level(at: 0.5)
    func said(_ process: NoiseProcess) -> Double {
      process.prediction.target(x0: 0.3, noise: -1.1, at: level, sigmaData: process.sigmaData)
    }
    var output = [Float(said(other))]
    let x = level.addNoise(to: [0.3], noise: [-1.1])
    own.translate(&output, x: x, at: level, from: other)
    #expect(abs(Double(output[0]) - said(own)) < 2e-6)
  }

  // MARK: Two networks

  /// A smaller one that predicts v and is told nothing: the mixture, made of what both say by themselves.
  @Test func aNetworkOfAnotherKindGuides() throws {
    let own = try Self.file(seed: 1)
    let guide = try Self.file(seed: 2) {
      $0.model = ModelSettings(
        levels: 3, baseChannels: 8, timeEmbedding: .sinusoidal, timeEmbeddingDim: 8)
      $0.conditioning = ConditioningSettings(kind: .none)
      $0.classes = 0
      $0.diffusion.prediction = .v
    }
    let level = try NoiseProcess(own.description.diffusion).level(timestep: 600)
    let x = Self.x(64)
    let times = [Float](repeating: Float(level.time), count: 2)
    let mine = Self.predictor(own).predict(x, times: times, condition: .classes([2, 0]))
    let velocity = Self.predictor(guide).predict(x, times: times, condition: .none)
    var found = [Float](repeating: 0, count: x.count)
    try Self.generator(own, by: guide).denoiser(
      guidance: Self.rule(2.5), classes: [2, 0], worker: nil)(x, level, &found)
    // ε = σ·x + α·v where α² + σ² = 1.
    let expected = x.indices.map { i -> Double in
      let theirs = level.sigma * Double(x[i]) + level.signal * Double(velocity[i])
      return theirs + 2.5 * (Double(mine[i]) - theirs)
    }
    expectClose(found.map(Double.init), expected, within: 2e-6)
    // It is told the class where it knows classes.
    let told = try Self.file(seed: 2)
    let theirs = Self.predictor(told).predict(x, times: times, condition: .classes([2, 0]))
    try Self.generator(own, by: told).denoiser(
      guidance: Self.rule(0), classes: [2, 0], worker: nil)(x, level, &found)
    #expect(found == theirs)
  }

  /// x is scaled for each network as it wants it.
  @Test func aNetworkOfTheTargetOfEDM() throws {
    let process = DiffusionSettings.Process.edm()
    let own = try Self.file(seed: 1) {
      $0.diffusion = DiffusionSettings(process: process, prediction: .x0)
    }
    let guide = try Self.file(seed: 2) {
      $0.diffusion = DiffusionSettings(process: process, prediction: .edm)
    }
    let level = try NoiseProcess(own.description.diffusion).level(ratio: 3)
    let x = Self.x(64).map { 3 * $0 }
    var found = [Float](repeating: 0, count: x.count)
    try Self.generator(own, by: guide).denoiser(
      guidance: Self.rule(0), classes: [1, 1], worker: nil)(x, level, &found)
    // Karras 2022, table 1: c_in, c_skip and c_out of σ_d = 0.5 at σ = 3.
    let root = (9.0 + 0.25).squareRoot()
    let raw = Self.predictor(guide).predict(
      x.map { Float(1 / root) * $0 }, times: [Float](repeating: Float(level.time), count: 2),
      condition: .classes([1, 1]))
    expectClose(
      found.map(Double.init),
      x.indices.map { 0.25 / 9.25 * Double(x[$0]) + 1.5 / root * Double(raw[$0]) }, within: 2e-6)
  }

  /// Numbers are told in the data's units, whatever either was trained on.
  @Test func vectorsOfAnotherScale() throws {
    func vector(_ means: [Double], _ deviations: [Double]) -> (inout NetworkDescription) -> Void {
      {
        $0.conditioning = ConditioningSettings(kind: .vector)
        $0.classes = 0
        $0.vector = VectorCondition(names: ["a", "b"], means: means, deviations: deviations)
      }
    }
    let own = try Self.file(seed: 1, vector([1, -2], [0.5, 4]))
    let guide = try Self.file(seed: 2, vector([0.25, 3], [2, 0.125]))
    let process = try NoiseProcess(own.description.diffusion)
    let network = try GuideNetwork(
      guide, guiding: own.description, process: process, pool: Self.pool)
    let condition = try #require(own.description.vector)
    let theirs = try #require(guide.description.vector)
    let told = network.condition(
      .vectors(condition.row([1.75, 0.5]) + [0, 0, 0], dimension: 3))
    // 0.75, −20, powers of two: exact; nothing stays nothing.
    #expect(told == .vectors(theirs.row([1.75, 0.5]) + [0, 0, 0], dimension: 3))
    #expect(theirs.row([1.75, 0.5]) == [0.75, -20, 1])
  }

  /// Led away from itself nothing changes; the same weights are the same guide, from a file or not.
  @Test func itself() throws {
    let own = try Self.file(seed: 1)
    let process = try NoiseProcess(own.description.diffusion)
    var settings = SamplingSettings(sampler: .ddim, steps: 3, guidance: 3)
    settings.guide = "itself"
    func drawn(_ generator: Generator) throws -> [Float] {
      try generator.images(settings, indices: 0..<3, clip: true).values
    }
    let plain = try {
      var settings = settings
      settings.guidance = 1
      return try Self.generator(own, by: nil).images(settings, indices: 0..<3, clip: true).values
    }()
    #expect(try drawn(Self.generator(own, by: own)) == plain)
    let other = try Self.file(seed: 2)
    let named = try drawn(Self.generator(own, by: other))
    #expect(named != plain)
    let asWeights = Generator(
      predictor: Self.predictor(own), process: process,
      guide: GuideNetwork(
        Predictor(
          network: own.network, values: other.values, height: 8, width: 8, pool: Self.pool)))
    #expect(try drawn(asWeights) == named)
    // One worker, and one that has none to ask.
    let one = WorkerPool(count: 1)
    defer { one.end() }
    #expect(try drawn(Self.generator(own, by: other, one)) == named)
    #expect(throws: DiffusionError.self) { try drawn(Self.generator(own, by: nil)) }
  }

  /// A guide without variances leaves them to the network, also where it is all that is asked of x̂_0.
  @Test func variancesStay() throws {
    let own = try Self.file(seed: 1) { $0.diffusion.variance = .learned }
    let guide = try Self.file(seed: 2)
    let level = try NoiseProcess(own.description.diffusion).level(timestep: 300)
    let x = Self.x(64)
    func said(_ generator: Generator, _ scale: Double) throws -> [Float] {
      var output = [Float](repeating: 0, count: 2 * x.count)
      try generator.denoiser(guidance: Self.rule(scale), classes: [1, 2], worker: nil)(
        x, level, &output)
      return output
    }
    let plain = try said(Self.generator(own, by: guide), 1)
    for scale in [0.0, 2] {
      let found = try said(Self.generator(own, by: guide), scale)
      #expect(found.suffix(x.count) == plain.suffix(x.count))
      #expect(found.prefix(x.count) != plain.prefix(x.count))
    }
    #expect(plain.suffix(x.count).contains { $0 != 0 })
  }

  /// One that hears its own estimate guides one that does not.
  @Test func aGuideMayHearItself() throws {
    let own = try Self.file(seed: 1)
    let guide = try Self.file(seed: 2) { $0.conditioning.selfConditioning = true }
    let generator = try Self.generator(own, by: guide)
    let process = generator.process
    let denoise = generator.denoiser(guidance: Self.rule(0), classes: [0, 1], worker: nil)
    let x = Self.x(64)
    let levels = [process.level(timestep: 700), process.level(timestep: 400)]
    var (first, second) = (x, x)
    try denoise(x, levels[0], &first)
    try denoise(x, levels[1], &second)
    // x̂_0 of the level before, held within ±1.
    let estimate = x.indices.map { i in
      Float(
        max(
          -1, min(1, (Double(x[i]) - levels[0].sigma * Double(first[i])) / levels[0].signal)))
    }
    let expected = Self.predictor(guide).predict(
      x, times: [400, 400], condition: .classes([0, 1]), beside: estimate)
    expectClose(second.map(Double.init), expected.map(Double.init), within: 1e-5)
    var settings = SamplingSettings(sampler: .heun, steps: 2, guidance: 2)
    settings.guide = "guide"
    #expect(throws: DiffusionError.self) {
      try generator.images(settings, indices: 0..<1, clip: true)
    }
    settings.guidance = 1
    #expect(try generator.images(settings, indices: 0..<1, clip: true).values.count == 64)
  }

  // MARK: What is refused

  @Test func whatCannotGuide() throws {
    let own = try Self.file(seed: 1)
    func message(
      of guided: NetworkFile? = nil, _ change: (inout NetworkDescription) -> Void
    ) throws -> String {
      let guide = try Self.file(seed: 2, change)
      do {
        _ = try Self.generator(guided ?? own, by: guide)
        return ""
      } catch let error as DiffusionError {
        #expect(error.kind == .badInput)
        return error.description
      }
    }
    #expect(try message { _ in } == "")
    #expect(
      try message { $0.height = 16 }
        == "sampling.guide: the guide is of images of 1×16×8, and what it would guide of 1×8×8")
    #expect(try message { $0.channels = 3 }.contains("1×8×8"))
    #expect(try message { $0.classes = 4 }.contains("knows 4 classes, and what it would guide 3"))
    #expect(
      try message { $0.diffusion.schedule = .cosine(offset: 0.008) }.contains("noise process"))
    #expect(try message { $0.diffusion.steps = 500 }.contains("noise process"))
    #expect(
      try message {
        $0.diffusion = DiffusionSettings(process: .flow(), prediction: .flow)
      }.contains("noise process"))
    let plain = try Self.file(seed: 1) {
      $0.conditioning = ConditioningSettings(kind: .none)
      $0.classes = 0
    }
    #expect(
      try message(of: plain) { _ in }.contains(
        "a condition of kind class, and what it would guide none"))
    // The same β, each by itself, as a pipeline has them.
    let table = try NoiseSchedule(DiffusionSettings())
    #expect(
      try message {
        $0.diffusion.schedule = .betas(table.betas.map { Double(Float($0)) })
      } == "")
    let broken = try Self.file(seed: 2)
    broken.values.pointer[3] = .nan
    #expect(throws: DiffusionError.self) { try Self.generator(own, by: broken) }
  }
}
