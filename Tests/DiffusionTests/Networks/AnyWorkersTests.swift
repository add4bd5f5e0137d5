import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// The promise for every number of workers from 1 to 128, more than there are images, groups, heads or tiles: the same
/// bits in whatever is asked of a network.
@Suite struct AnyWorkersTests {
  enum Kind: CaseIterable {
    case small, residual
  }

  /// For the eight classes of shapes; wide enough at 16×16 that every kind of operation is spread over workers.
  private static func network(_ kind: Kind) -> any Network {
    switch kind {
    case .small:
      return SmallUNet(
        ModelSettings(levels: 3, baseChannels: 16),
        conditioning: ConditioningSettings(kind: .class, inject: .concat), channels: 3, classes: 8,
        timeSpan: 100)
    case .residual:
      var settings = ResidualUNetSettings(
        blockOutChannels: [12, 24], layersPerBlock: 1, attentionLevels: [0, 1])
      settings.normNumGroups = 12
      settings.attentionHeadDim = 4
      return ResidualUNet(settings, channels: 3, classEmbeddings: 9)
    }
  }

  private static let side = 16

  private func withPredictor<Result>(
    _ network: any Network, precision: Precision = .fp32, workers: Int,
    _ body: (Predictor) throws -> Result
  ) rethrows -> Result {
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    return try body(
      Predictor(
        network: network, values: AlignedBuffer(network.layout.initialValues(seed: 2)),
        height: Self.side, width: Self.side, precision: precision, pool: pool))
  }

  private func noise(_ count: Int, _ network: any Network) -> [Float] {
    (0..<count).flatMap { image in
      CounterRandom(seed: 5).normals(
        count: Self.side * Self.side * network.channels, image: image, step: 0, purpose: .data)
    }
  }

  private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

  /// Each number of workers with one number of images, some with all from 1 to 9.
  @Test(arguments: Kind.allCases) func predictions(_ kind: Kind) {
    let network = Self.network(kind)
    let x = noise(9, network)
    let times = (0..<9).map { Float(11 * $0) }
    let labels = (0..<9).map { $0 % 4 }
    func predict(_ count: Int, _ predictor: Predictor) -> [UInt32] {
      bits(
        predictor.predict(
          Array(x.prefix(count * predictor.elements)), times: Array(times.prefix(count)),
          condition: .classes(Array(labels.prefix(count)))))
    }
    let expected = withPredictor(network, workers: 1) { predict(9, $0) }
    for workers in 1...128 {
      // Many threads take long to meet: of the larger numbers each network has every other one.
      if workers > 33, workers.isMultiple(of: 2) != (kind == .small) { continue }
      let counts = [2, 7, 12, 25, 128].contains(workers) ? Array(1...9) : [1 + workers * 4 % 9]
      withPredictor(network, workers: workers) { predictor in
        for count in counts {
          let same = predict(count, predictor) == Array(expected.prefix(count * predictor.elements))
          #expect(same, "\(count) images, \(workers) workers")
        }
      }
    }
  }

  /// Values that no float holds, or hardly: they stay in their own image, and NaN are told apart by no bit.
  @Test(arguments: Kind.allCases, Precision.allCases)
  func valuesThatAreNotFinite(_ kind: Kind, _ precision: Precision) {
    let network = Self.network(kind)
    var x = noise(5, network)
    let elements = x.count / 5
    for i in 0..<elements {
      x[elements + i] = .nan
      x[3 * elements + i] *= 1e30
    }
    x[2 * elements + 100] = .infinity
    x[2 * elements + 101] = -.nan
    func predict(_ images: Range<Int>, workers: Int) -> [UInt32] {
      withPredictor(network, precision: precision, workers: workers) { predictor in
        bits(
          predictor.predict(
            Array(x[images.lowerBound * elements..<images.upperBound * elements]),
            times: images.map { Float(20 * $0) }, condition: .classes(images.map { $0 % 4 })))
      }
    }
    let alone = (0..<5).flatMap { predict($0..<$0 + 1, workers: 1) }
    let finite = [0, 4].allSatisfy { image in
      alone[image * elements..<(image + 1) * elements].allSatisfy { Float(bitPattern: $0).isFinite }
    }
    #expect(finite)
    for workers in [1, 2, 3, 4, 5, 6, 13, 40, 128] {
      let same = predict(0..<5, workers: workers) == alone
      #expect(same, "\(workers) workers")
    }
  }

  /// Sampling, evaluation and training, where the workers are more than the images or lanes and where they are fewer.
  @Test(arguments: Kind.allCases, Precision.allCases)
  func samplesLossesAndSteps(_ kind: Kind, _ precision: Precision) throws {
    let network = Self.network(kind)
    let process = try NoiseProcess(DiffusionSettings(steps: 100))
    let data = try DataSet.load(DataSettings(source: .shapes, limit: 20, size: Self.side))
    let settings = TrainingSettings(
      steps: 2, batch: 9,
      precision: try #require(TrainingSettings.Precision(rawValue: precision.rawValue)),
      ema: 0.9)

    func all(workers: Int) throws -> [[UInt32]] {
      let (samples, loss) = try withPredictor(network, precision: precision, workers: workers) {
        (
          try Generator(predictor: $0, process: process).images(
            SamplingSettings(sampler: .ddpm, steps: 2, guidance: 2), indices: 0..<3, clip: true
          ).values,
          try HeldOutLoss(data: data, count: 9, process: process)($0)
        )
      }
      let state = TrainingState(
        layout: network.layout, values: network.layout.initialValues(seed: 1), settings: settings)
      let pool = WorkerPool(count: workers)
      defer { pool.end() }
      let trainer = Trainer(
        network: network, state: state, settings: settings, process: process,
        source: TrainingExamples(
          data: data, seed: 1, process: process, dropout: 0.1,
          augmentation: Augmentation(flip: true)),
        pool: pool)
      let losses = (0..<2).flatMap { _ in
        let bits = trainer.step().loss.bitPattern
        return [UInt32(truncatingIfNeeded: bits), UInt32(bits >> 32)]
      }
      return [
        bits(samples),
        [UInt32(truncatingIfNeeded: loss.bitPattern), UInt32(loss.bitPattern >> 32)],
        losses, bits(state.weights.array()), bits(state.best.array()),
      ]
    }
    let expected = try all(workers: 1)
    for workers in [2, 3, 4, 9, 13, 33, 128] {
      let found = try all(workers: workers)
      for (what, (found, expected)) in zip(
        ["samples", "loss", "training losses", "weights", "average"], zip(found, expected))
      {
        let same = found == expected
        #expect(same, "\(what), \(workers) workers")
      }
    }
  }
}
