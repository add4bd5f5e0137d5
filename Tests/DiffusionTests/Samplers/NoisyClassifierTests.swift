import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Classifier guidance (Dhariwal & Nichol 2021, algorithm 2).
@Suite(.serialized) struct NoisyClassifierTests {
  private static let pool = WorkerPool(count: 2)

  // MARK: The exact posterior

  private static let processes: [DiffusionSettings.Process] = [
    .vp, .subVP(), .ve(), .edm(), .flow(), .trig,
  ]
  /// Three Gaussians in the plane, a class each, of other weights.
  private static let means = [[-1.0, 0.5], [0.75, 1], [0.25, -1.25]]
  private static let weights = [0.5, 0.3, 0.2]
  private static let deviation = 0.4

  /// ln p(y | x) of x = α·x_0 + σ·ε and its gradient, by Bayes: p(x | y) is N(α·μ_y, (α²·d² + σ²)·I).
  private static func posterior(
    _ x: ArraySlice<Float>, _ level: NoiseLevel, _ label: Int
  ) -> (logarithm: Double, gradient: [Double]) {
    let x = x.map { Double($0) }
    let spread = level.signal * level.signal * deviation * deviation + level.sigma * level.sigma
    let logs = means.indices.map { k in
      log(weights[k])
        - zip(x, means[k]).reduce(0) { sum, pair in
          let away = pair.0 - level.signal * pair.1
          return sum + away * away
        } / (2 * spread)
    }
    let largest = logs.max() ?? 0
    let total = logs.reduce(0) { $0 + exp($1 - largest) }
    let shares = logs.map { exp($0 - largest) / total }
    let gradient = x.indices.map { d in
      let mean = means.indices.reduce(0) { $0 + shares[$1] * means[$1][d] }
      return level.signal / spread * (means[label][d] - mean)
    }
    return (log(shares[label]), gradient)
  }

  private static func noisy(_ count: Int, _ level: NoiseLevel) -> (x: [Float], labels: [Int]) {
    let random = CounterRandom(seed: 4)
    let labels = (0..<count).map { $0 % 3 }
    let x0 = labels.enumerated().flatMap { i, label in
      zip(random.normals(count: 2, image: i, step: 0, purpose: .data), means[label]).map {
        Float(deviation) * $0 + Float($1)
      }
    }
    let noise = (0..<count).flatMap {
      random.normals(count: 2, image: $0, step: 1, purpose: .data)
    }
    return (level.addNoise(to: x0, noise: noise), labels)
  }

  /// Bayes: with s = 1 and the true gradient, what the best denoiser of all says becomes what that of the class says.
  @Test(arguments: processes) func theTrueGradientMakesTheConditionalDenoiser(
    _ kind: DiffusionSettings.Process
  ) throws {
    for prediction in PredictionTarget.allCases {
      guard
        let process = try? NoiseProcess(
          DiffusionSettings(process: kind, prediction: prediction))
      else { continue }
      let exact = ExactMixture(
        try MixtureParameters(means: Self.means, deviation: Self.deviation, weights: Self.weights),
        process: process)
      for u in [0.1, 0.4, 0.8] {
        let level = process.level(at: u)
        let (x, labels) = Self.noisy(12, level)
        var output = [Float](repeating: 0, count: x.count)
        try (exact.denoiser() as Denoiser<Float>)(x, level, &output)
        let free = output
        let gradient = labels.indices.flatMap { i in
          Self.posterior(x[2 * i..<2 * i + 2], level, labels[i]).gradient.map { Float($0) }
        }
        process.steer(&output, along: gradient, strength: 1, at: level)
        var told = [Float](repeating: 0, count: x.count)
        try (exact.denoiser(labels: labels) as Denoiser<Float>)(x, level, &told)
        // Rounded to 24 bits; ε and the like are x − α·x̂_0 over σ.
        let scale = max(1, level.ratio, 1 / level.sigma)
        expectClose(output.map(Double.init), told.map(Double.init), within: 2e-6 * scale)
        // Where σ is 10 and more, x̂_0 is little of ε.
        #expect(relativeError(free, told) > 1e-4)
      }
    }
  }

  /// A trained one comes near the posterior at every level, and near its gradient.
  @Test func itLearnsThePosterior() throws {
    let process = try NoiseProcess(DiffusionSettings())
    let data = try DataSet.load(
      DataSettings(
        source: .mixture(means: Self.means, deviation: Self.deviation, weights: Self.weights),
        limit: 8000))
    let network = NoisyClassifierNetwork(
      image: Shape(count: 1, height: 1, width: 1, channels: 2), classes: 3)
    let weights = [1, 2].map { workers in
      let pool = WorkerPool(count: workers)
      defer { pool.end() }
      return NoisyClassifierTraining(
        network, data: data, process: process, kernels: .best, pool: pool
      ).run(steps: workers == 1 ? 3 : 800)
    }
    let again = NoisyClassifierTraining(
      network, data: data, process: process, kernels: .best, pool: Self.pool
    ).run(steps: 3)
    #expect(weights[0] == again)
    let classifier = NoisyClassifier(
      network, values: weights[1], kernels: .best, pool: Self.pool)
    for timestep in [50, 200, 500, 800] {
      let level = process.level(timestep: timestep)
      let (x, labels) = Self.noisy(300, level)
      let found = classifier.likelihoods(of: labels, x, at: level)
      let expected = labels.indices.map {
        Self.posterior(x[2 * $0..<2 * $0 + 2], level, labels[$0])
      }
      let away =
        zip(found.logarithms, expected).reduce(0) {
          $0 + abs(exp($1.0) - exp($1.1.logarithm))
        } / Double(labels.count)
      let error = relativeError(
        found.gradients, expected.flatMap(\.gradient).map { Float($0) })
      #expect(away < 0.03, "t = \(timestep)")
      // Beyond, the posterior is nearly flat, and its gradient small beside what is learned of it.
      if timestep <= 500 { #expect(error < 0.4, "t = \(timestep)") }
    }
  }

  // MARK: Gradients

  private static func classifier(_ shape: Shape, classes: Int, seed: UInt64 = 6) -> NoisyClassifier
  {
    let network = NoisyClassifierNetwork(image: shape, classes: classes)
    return NoisyClassifier(
      network, values: network.layout.initialValues(seed: seed).map { 2 * $0 }, kernels: .best,
      pool: pool)
  }

  private static func values(_ count: Int, step: Int = 0) -> [Float] {
    CounterRandom(seed: 8).normals(count: count, image: 0, step: step, purpose: .data)
  }

  /// Against central differences along random directions: of images that are padded, and of vectors.
  @Test(arguments: [
    Shape(count: 1, height: 16, width: 16, channels: 1),
    Shape(count: 1, height: 10, width: 7, channels: 3),
    Shape(count: 1, height: 1, width: 1, channels: 5),
  ]) func theGradientIsThatOfTheLogarithm(_ shape: Shape) throws {
    let classifier = Self.classifier(shape, classes: 4)
    let process = try NoiseProcess(DiffusionSettings(process: .edm()))
    for (place, ratio) in [0.3, 4].enumerated() {
      let level = process.level(ratio: ratio)
      let x = Self.values(2 * shape.stride, step: place).map { Float(1 + ratio) * $0 }
      let labels = [2, 0]
      let found = classifier.likelihoods(of: labels, x, at: level)
      for direction in 1...3 {
        let d = Self.values(2 * shape.stride, step: 10 * direction)
        let h = 0.01 * (1 + ratio)
        func logarithms(_ sign: Double) -> [Double] {
          classifier.likelihoods(
            of: labels, zip(x, d).map { $0 + Float(sign * h) * $1 }, at: level
          ).logarithms
        }
        let (ahead, behind) = (logarithms(1), logarithms(-1))
        for i in labels.indices {
          let places = i * shape.stride..<(i + 1) * shape.stride
          let slope = places.reduce(0.0) { $0 + Double(found.gradients[$1]) * Double(d[$1]) }
          let length = places.reduce(0.0) {
            $0 + Double(found.gradients[$1]) * Double(found.gradients[$1])
          }.squareRoot()
          let difference = (ahead[i] - behind[i]) / (2 * h)
          // h² of the third derivative, and the rounding of float32 logits over 2·h.
          #expect(
            abs(slope - difference) < 0.02 * length + 1e-4 / h, "\(shape) \(slope) \(difference)")
        }
      }
      // Softmax: over all labels the gradients of the shares cancel.
      var sum = [Double](repeating: 0, count: shape.stride)
      for label in 0..<4 {
        let one = classifier.likelihoods(
          of: [label], Array(x.prefix(shape.stride)), at: level)
        for k in sum.indices { sum[k] += exp(one.logarithms[0]) * Double(one.gradients[k]) }
      }
      let scale = found.gradients.map { abs(Double($0)) }.max() ?? 0
      #expect(scale > 0)
      expectClose(sum, [Double](repeating: 0, count: sum.count), within: 1e-4 * scale)
    }
  }

  /// Whatever is asked beside it; what is no class is led nowhere.
  @Test func itDependsOnTheImageAlone() throws {
    let shape = Shape(count: 1, height: 12, width: 12, channels: 1)
    let classifier = Self.classifier(shape, classes: 3)
    let level = try NoiseProcess(DiffusionSettings()).level(timestep: 300)
    let x = Self.values(70 * shape.stride)
    let labels = (0..<70).map { $0 % 3 }
    let all = classifier.likelihoods(of: labels, x, at: level)
    for i in [0, 31, 69] {
      let places = i * shape.stride..<(i + 1) * shape.stride
      let alone = classifier.likelihoods(of: [labels[i]], Array(x[places]), at: level, worker: 1)
      #expect(alone.logarithms[0] == all.logarithms[i])
      #expect(alone.gradients == Array(all.gradients[places]))
    }
    let none = classifier.likelihoods(of: [3, -1], Array(x.prefix(2 * shape.stride)), at: level)
    #expect(none.logarithms == [0, 0] && none.gradients.allSatisfy { $0 == 0 })
    var broken = Array(x.prefix(2 * shape.stride))
    broken[3] = .nan
    let found = classifier.likelihoods(of: [0, 1], broken, at: level)
    #expect(found.logarithms[1] == all.logarithms[1])
    #expect(found.gradients.suffix(shape.stride) == all.gradients[shape.stride..<2 * shape.stride])
  }

  // MARK: In a run

  private static func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
    var settings = RunSettings(
      data: DataSettings(source: .shapes, limit: 40, size: 8),
      model: ModelSettings(levels: 1, baseChannels: 8, timeEmbeddingDim: 8),
      training: TrainingSettings(steps: 1, batch: 8),
      sampling: SamplingSettings(sampler: .ddim, steps: 4, count: 10),
      evaluation: EvaluationSettings(images: 8, metrics: []))
    change(&settings)
    return settings
  }

  /// With a classifier that nobody trained, so that the test is quick.
  private static func generator(
    _ settings: RunSettings, classifier: NoisyClassifier?, workers: Int = 2
  ) throws -> (Generator, WorkerPool) {
    let pool = WorkerPool(count: workers)
    let description = NetworkDescription(settings, data: try DataSet.load(settings.data))
    let network = try description.makeNetwork()
    let predictor = Predictor(
      network: network, values: AlignedBuffer(network.layout.initialValues(seed: 3)),
      height: 8, width: 8, pool: pool)
    return (
      Generator(
        predictor: predictor, process: try NoiseProcess(settings.diffusion),
        classifier: classifier), pool
    )
  }

  /// ε̂ − s·σ·∇, after all other guidance, in its interval and nowhere else.
  @Test func whereItActs() throws {
    let shape = Shape(count: 1, height: 8, width: 8, channels: 3)
    let classifier = Self.classifier(shape, classes: 8)
    let settings = Self.settings { $0.conditioning = ConditioningSettings(kind: .class) }
    let (generator, pool) = try Self.generator(settings, classifier: classifier)
    defer { pool.end() }
    let x = Self.values(2 * 192)
    func said(_ rule: Guidance, _ level: NoiseLevel) throws -> [Float] {
      var output = [Float](repeating: 0, count: x.count)
      try generator.denoiser(guidance: rule, classes: [5, 1], worker: nil)(x, level, &output)
      return output
    }
    var rule = Guidance(scale: 3)
    rule.least = 0.5
    rule.most = 4
    var led = rule
    led.classifier = 2.5
    for timestep in [20, 400, 999] {
      let level = generator.process.level(timestep: timestep)
      let (plain, found) = (try said(rule, level), try said(led, level))
      if timestep == 400 {
        #expect(level.ratio > 0.5 && level.ratio < 4)
        let gradient = classifier.likelihoods(of: [5, 1], x, at: level).gradients
        expectClose(
          found.map(Double.init),
          zip(plain, gradient).map { Double($0) - 2.5 * level.sigma * Double($1) }, within: 1e-6)
        #expect(found != plain)
      } else {
        #expect(found == plain)
      }
    }
    // Pure noise has no class.
    let zero = try NoiseProcess(
      DiffusionSettings(rescaleZeroSNR: true, prediction: .v))
    #expect(zero.level(timestep: 999).signal == 0)
    #expect(!led.asksClassifier(at: zero.level(timestep: 999)))
  }

  /// Samples of a network that knows no classes go to the classes in turn, with any number of workers.
  @Test func samplesOfANetworkWithoutClasses() throws {
    let shape = Shape(count: 1, height: 8, width: 8, channels: 3)
    func drawn(workers: Int, _ strength: Double, classes: [Int]? = nil) throws -> [Float] {
      let network = NoisyClassifierNetwork(image: shape, classes: 8)
      let settings = Self.settings { $0.sampling.classifierGuidance = strength }
      let pool = WorkerPool(count: workers)
      defer { pool.end() }
      let classifier = NoisyClassifier(
        network, values: network.layout.initialValues(seed: 6), kernels: .best, pool: pool)
      let (generator, own) = try Self.generator(
        settings, classifier: classifier, workers: workers)
      defer { own.end() }
      #expect(generator.classes == 8)
      return try generator.images(
        settings.sampling, indices: 0..<10, classes: classes, clip: true
      ).values
    }
    let led = try drawn(workers: 1, 4)
    #expect(try drawn(workers: 3, 4) == led)
    #expect(try drawn(workers: 2, 4, classes: (0..<10).map { $0 % 8 }) == led)
    let others = try drawn(workers: 2, 4, classes: [Int](repeating: 3, count: 10))
    #expect(others[3 * 192..<4 * 192] == led[3 * 192..<4 * 192])
    #expect(others[2 * 192..<3 * 192] != led[2 * 192..<3 * 192])
    let (generator, pool) = try Self.generator(
      Self.settings { $0.sampling.classifierGuidance = 1 }, classifier: nil)
    defer { pool.end() }
    var settings = SamplingSettings(sampler: .ddim, steps: 2)
    settings.classifierGuidance = 1
    #expect(throws: DiffusionError.self) {
      try generator.images(settings, indices: 0..<1, clip: true)
    }
  }

  @Test func whatHasNoClasses() throws {
    let settings = Self.settings {
      $0.data = DataSettings(source: .gaussian(variance: 1, mean: 0), size: 8)
      $0.sampling.classifierGuidance = 1
    }
    let error = #expect(throws: DiffusionError.self) { try RunSession(settings, workers: 1) }
    #expect(error?.description.contains("sampling.classifier_guidance takes a classifier") == true)
  }

  /// One of the data and the process, whatever is predicted of it.
  @Test func theKeyOfTheCache() throws {
    let data = try DataSet.load(DataSettings(source: .shapes, limit: 10, size: 8))
    func key(_ change: (inout DiffusionSettings) -> Void) throws -> String {
      var settings = DiffusionSettings()
      change(&settings)
      return MeasureCache.key(data, process: try NoiseProcess(settings), kernels: .best)
    }
    let plain = try key { _ in }
    #expect(try key { $0.prediction = .v } == plain)
    #expect(try key { $0.variance = .learned } == plain)
    let others = try [
      plain, MeasureCache.key(data, kernels: .best), key { $0.steps = 999 },
      key { $0.schedule = .cosine(offset: 0.008) }, key { $0.process = .edm() },
      key {
        $0.rescaleZeroSNR = true
        $0.prediction = .v
      },
    ]
    #expect(Set(others).count == others.count)
  }
}
