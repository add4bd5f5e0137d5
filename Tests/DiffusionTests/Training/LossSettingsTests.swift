import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Weightings by the papers' formulas for each target, and which levels training draws.
@Suite struct LossSettingsTests {
  private static let snrs = [1e-4, 0.03, 1, 4.9, 5.1, 300]

  /// Of a variance-preserving process: SNR = ᾱ/(1 − ᾱ).
  private func level(_ snr: Double) -> NoiseLevel {
    NoiseLevel(alphaCumprod: snr / (1 + snr), time: 0)
  }

  private func weight(
    _ weighting: TrainingSettings.Weighting, _ target: PredictionTarget, _ snr: Double,
    sigmaData: Double = 0.5
  ) -> Double {
    weighting.weight(of: target, at: level(snr), sigmaData: sigmaData)
  }

  @Test(arguments: snrs) func asThePapersHaveThem(snr: Double) {
    func same(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * abs(b) }
    for target in PredictionTarget.allCases { #expect(weight(.none, target, snr) == 1) }
    // L_simple is the plain error of the noise.
    #expect(weight(.snr, .epsilon, snr) == 1 && same(weight(.snr, .x0, snr), snr))
    #expect(same(weight(.snr, .v, snr), snr / (snr + 1)))
    // Hang 2023, eq. 7 and its forms for ε and v.
    let least = min(snr, 5)
    #expect(same(weight(.minSNR(), .x0, snr), least))
    #expect(same(weight(.minSNR(), .epsilon, snr), least / snr))
    #expect(same(weight(.minSNR(), .v, snr), least / (snr + 1)))
    #expect(same(weight(.softMinSNR(), .epsilon, snr), 5 / (snr + 5)))
    // Salimans & Ho 2022: of x̂_0.
    #expect(same(weight(.truncatedSNR, .x0, snr), max(snr, 1)))
    #expect(same(weight(.truncatedSNR, .v, snr), max(snr, 1) / (snr + 1)))
    // Choi 2022, eq. 8: of ε̂.
    #expect(same(weight(.p2(gamma: 0.5, k: 2), .epsilon, snr), pow(2 + snr, -0.5)))
    // The score times σ is the noise but for its sign.
    #expect(same(weight(.minSNR(), .score, snr), weight(.minSNR(), .epsilon, snr)))
    // Karras 2022, table 1: λ(σ)·c_out² = 1, so F's error counts alike at all levels.
    #expect(same(weight(.edm, .edm, snr, sigmaData: 0.7), 1))
    #expect(same(weight(.edm, .x0, snr, sigmaData: 0.7), snr + 1 / 0.49))
  }

  /// At the ends, where something is divided by 0 on the way.
  @Test func finiteAtTheEnds() {
    let ends = [NoiseLevel(signal: 0, sigma: 1, time: 0), NoiseLevel(signal: 1, sigma: 0, time: 0)]
    let weightings: [TrainingSettings.Weighting] = [
      .snr, .minSNR(), .softMinSNR(), .p2(), .edm, .truncatedSNR,
    ]
    for weighting in weightings {
      for target in [PredictionTarget.v, .flow, .edm] {
        for level in ends {
          let weight = weighting.weight(of: target, at: level, sigmaData: 0.5)
          #expect(weight.isFinite && weight >= 0, "\(weighting) \(target) \(level): \(weight)")
        }
      }
    }
    #expect(
      TrainingSettings.Weighting.minSNR().weight(of: .epsilon, at: ends[0], sigmaData: 0.5) == 1)
  }

  // MARK: - Levels

  private func levels(
    _ timesteps: TrainingSettings.Timesteps?, _ settings: DiffusionSettings, batch: Int,
    steps: Int = 1
  ) throws -> [NoiseLevel] {
    let process = try NoiseProcess(settings)
    let levels = TrainingLevels(
      timesteps, process: process, random: CounterRandom(seed: 3), batch: batch)
    return (0..<steps).flatMap { step in
      (0..<batch).map { levels(position: $0, step: step).level }
    }
  }

  /// Said or not, what the process does of itself is the same in every bit.
  @Test func theUsualIsWhatItWas() throws {
    for (process, usual) in [
      (DiffusionSettings.Process.vp, TrainingSettings.Timesteps.uniform), (.flow(), .uniform),
      (.edm(), .logNormal()),
    ] {
      let settings = DiffusionSettings(process: process, prediction: .v)
      #expect(try levels(nil, settings, batch: 64) == levels(usual, settings, batch: 64))
    }
  }

  @Test func oneInEachPart() throws {
    let vp = try levels(.stratified, DiffusionSettings(), batch: 50, steps: 3)
    for (place, level) in vp.enumerated() { #expect(Int(level.time) / 20 == place % 50) }
    let flow = try levels(
      .stratified, DiffusionSettings(process: .flow(), prediction: .flow), batch: 10)
    for (place, level) in flow.enumerated() { #expect(Int(level.sigma * 10) == place) }
  }

  /// Mean and deviation of 40,000 draws, to five of their standard errors.
  @Test func normalOnTheirScales() throws {
    func check(_ values: [Double], mean: Double, deviation: Double) {
      let count = Double(values.count)
      let found = values.reduce(0, +) / count
      let spread = (values.reduce(0) { $0 + ($1 - found) * ($1 - found) } / count).squareRoot()
      #expect(abs(found - mean) < 5 * deviation / count.squareRoot(), "\(found)")
      #expect(abs(spread - deviation) < 5 * deviation / (2 * count).squareRoot(), "\(spread)")
    }
    let edm = try levels(
      .logNormal(mean: 0.4, deviation: 0.8), DiffusionSettings(process: .edm()), batch: 40_000)
    check(edm.map(\.logRatio), mean: 0.4, deviation: 0.8)
    let flow = try levels(
      .logitNormal(mean: -0.3, deviation: 0.9),
      DiffusionSettings(process: .flow(), prediction: .flow), batch: 40_000)
    check(flow.map { log($0.sigma / (1 - $0.sigma)) }, mean: -0.3, deviation: 0.9)
    // Of vp on the table.
    let vp = try levels(.logNormal(mean: 0, deviation: 0.5), DiffusionSettings(), batch: 2000)
    #expect(vp.allSatisfy { $0.time == $0.time.rounded() })
  }

  // MARK: - Loss-aware

  @Test func asOftenAsTheRootOfTheSquares() throws {
    var history = LossHistory(steps: 3)
    for k in 0..<25 {
      for t in 0..<3 where t < 2 || k < 9 { history.add(Double(k + 1) * Double(t + 1), at: t) }
    }
    #expect(history.probabilities() == nil)
    history.add(.nan, at: 2)
    #expect(history.probabilities() == nil)
    history.add(2, at: 2)
    let p = try #require(history.probabilities())
    // The ten last of t = 0 are 16 … 25, of t = 1 twice that, of t = 2 are 3, 6 … 27 and 2.
    let first = ((16...25).reduce(0) { $0 + $1 * $1 } as Int)
    let third = ((1...9).reduce(0) { $0 + 9 * $1 * $1 } as Int) + 4
    let roots = [
      Double(first).squareRoot(), 2 * Double(first).squareRoot(), Double(third).squareRoot(),
    ]
    for t in 0..<3 {
      let expected = roots[t] / roots.reduce(0, +) * 0.999 + 0.001 / 3
      #expect(abs(p[t] - expected) < 1e-7)
    }
    let process = try NoiseProcess(DiffusionSettings(steps: 3, schedule: .cosine(offset: 0.008)))
    let levels = TrainingLevels(
      .lossAware, process: process, random: CounterRandom(seed: 0), batch: 30_000, history: history)
    var counts = [0.0, 0, 0]
    var weights = 0.0
    for position in 0..<30_000 {
      let (level, weight) = levels(position: position, step: 0)
      counts[Int(level.time)] += 1
      weights += weight
    }
    for t in 0..<3 {
      #expect(abs(counts[t] / 30_000 - p[t]) < 5 * (p[t] * (1 - p[t]) / 30_000).squareRoot())
    }
    // Weighted as they are drawn, they count as if they had been drawn alike.
    #expect(abs(weights / 30_000 - 1) < 0.02)
  }

  /// A resumed run draws what the other would have drawn.
  @Test func historyIsInTheTrainingState() throws {
    let layout = SmallUNet(
      ModelSettings(levels: 1, baseChannels: 8, timeEmbeddingDim: 8), conditioning: .init(),
      channels: 1, classes: 0, timeSpan: 4
    ).layout
    let settings = TrainingSettings(steps: 10, timesteps: .lossAware)
    func make() -> TrainingState {
      TrainingState(
        layout: layout, values: [Float](repeating: 0, count: layout.count), settings: settings,
        timesteps: 4)
    }
    let state = make()
    for k in 0..<30 { state.lossHistory?.add(Double(k) / 7, at: k % 3) }
    try withTemporaryFolder { folder in
      let path = folder + "/state.safetensors"
      try state.save(to: path, owner: "me")
      let other = make()
      try other.load(from: path, owner: "me", steps: 10)
      #expect(other.lossHistory == state.lossHistory && other.lossHistory != make().lossHistory)
    }
  }

  /// Batches that are accumulated are one batch.
  @Test func accumulatedIsOneBatch() throws {
    func weights(_ batch: Int, _ accumulate: Int) throws -> [Float] {
      let settings = TrainingSettings(steps: 3, batch: batch, accumulate: accumulate)
      let data = try LoadedData(DataSettings(source: .shapes, limit: 64, size: 8)).training
      let process = try NoiseProcess(DiffusionSettings())
      let network = SmallUNet(
        ModelSettings(levels: 1, baseChannels: 8, timeEmbeddingDim: 8), conditioning: .init(),
        channels: data.channels, classes: 0, timeSpan: 1000)
      let state = TrainingState(
        layout: network.layout, values: network.layout.initialValues(seed: 0), settings: settings)
      let pool = WorkerPool(count: 2)
      defer { pool.end() }
      let trainer = Trainer(
        network: network, state: state, settings: settings, process: process,
        source: TrainingExamples(data: data, seed: 0, process: process), pool: pool)
      for _ in 0..<3 { _ = trainer.step() }
      return state.weights.array()
    }
    #expect(try weights(4, 3) == weights(12, 1))
  }
}

/// How averages of the weights decay.
@Suite struct AverageDecayTests {
  /// Half of what there was is left after the half-life's images, whatever the batch (Karras 2022, appendix F.2).
  @Test(arguments: [8, 40]) func byHalfLife(batch: Int) {
    let settings = TrainingSettings(steps: 1, batch: batch, emaHalfLife: 4000, emaRampUp: 0.05)
    // 80,000 images later the half-life is what it says.
    let start = 100_000 / batch
    var left = 1.0
    for update in start..<start + 4000 / batch {
      left *= settings.averageDecay(updates: Double(update))
    }
    #expect(abs(left - 0.5) < 1e-12)
    // Of few images a twentieth.
    let early = settings.averageDecay(updates: 100)
    #expect(abs(early - pow(0.5, 1 / (100 * 0.05))) < 1e-12)
    #expect(settings.averageDecay(updates: 0) == 0)
  }

  @Test func byDecay() {
    let settings = TrainingSettings(steps: 1, ema: 0.99)
    #expect(settings.averageDecay(updates: 0) == 0.1 && settings.averageDecay(updates: 1e6) == 0.99)
    #expect(!TrainingSettings(steps: 1).keepsAverage && settings.keepsAverage)
  }
}
