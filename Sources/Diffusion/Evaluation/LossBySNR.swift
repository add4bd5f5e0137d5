import Foundation
import Kernels
import Measures

/// How well a network predicts the noise at given log-SNR λ = ln(α²/σ²): the mean squared error |ε̂ − ε|²/D at each of
/// λ = −6, −4 … 6, and their mean, over held-out images with noise of their own.
///
/// Images and noise are frozen, the same at every level and in every run. The error is that of ε̂ as it follows from what
/// the network says, whatever it was trained to predict, and what x holds at a given λ is the same up to a factor in all
/// processes: so that unlike ``HeldOutLoss`` it sets the same task whatever the noise schedule, the process and the target
/// (Kingma 2021, section 4, writes the loss over λ; Karras 2022, figure 5, shows it).
struct LossBySNR: Sendable {
  /// λ, in order.
  static let levels = [-6, -4, -2, 0, 2, 4, 6]
  /// Images that are looked at, at most: each goes through the network once a level.
  static let mostImages = 256

  private let images: EvaluationImages
  private let process: NoiseProcess
  private let vector: VectorCondition?
  private let degradation: Degradation?
  private let random = CounterRandom(seed: 0)

  /// The mean squared error at one λ.
  struct Level: Sendable, Hashable {
    let logSNR: Int
    let loss: IntervalEstimate
  }

  struct Result: Sendable, Hashable {
    /// Of the λ that the process comes to.
    let levels: [Level]
    /// Over all λ; nil where the process does not come to some.
    let mean: IntervalEstimate?

    /// By the names they are logged under.
    var values: [SessionEvent.MetricValue] {
      let all =
        (mean.map { [(EvaluationNames.lossBySNR, $0)] } ?? [])
        + levels.map { (EvaluationNames.lossBySNR($0.logSNR), $0.loss) }
      return all.flatMap(SessionEvent.MetricValue.named)
    }
  }

  /// - Parameters:
  ///   - data: held-out images.
  ///   - count: N, 256 at most.
  init(
    data: DataSet, count: Int, process: NoiseProcess, vector: VectorCondition? = nil,
    degradation: Degradation? = nil
  ) {
    images = EvaluationImages(data, count: min(count, Self.mostImages))
    self.process = process
    self.vector = vector
    self.degradation = degradation
  }

  /// Whether the process comes to a level of that λ.
  private func has(_ logSNR: Int) -> Bool { process.logRatios.contains(-Double(logSNR) / 2) }

  /// The same bits for any number of workers.
  ///
  /// Conditional networks are told each image's own class, or the null class where it has none. Intervals are Student's t
  /// over images.
  func callAsFunction(_ predictor: Predictor) -> Result {
    let errors = Self.levels.filter(has).map { ($0, self.errors(predictor, logSNR: $0)) }
    let means = (0..<images.count).map { i in
      errors.reduce(0) { $0 + $1.1[i] } / Double(errors.count)
    }
    return Result(
      levels: errors.map { Level(logSNR: $0, loss: Self.estimate($1)) },
      mean: errors.count == Self.levels.count ? Self.estimate(means) : nil)
  }

  /// (N): the mean squared error of each image.
  private func errors(_ predictor: Predictor, logSNR: Int) -> [Double] {
    let level = process.level(ratio: exp(-Double(logSNR) / 2))
    let (prediction, sigmaData) = (process.prediction, process.sigmaData)
    let scale = Float(prediction.inputScale(at: level, sigmaData: sigmaData))
    let (data, elements, classes) = (images.data, images.elements, predictor.network.classes)
    var errors: [Double] = []
    for chunk in images.chunks() {
      var noised = images.values(chunk)
      let noise = chunk.flatMap {
        // Step 0 of this purpose is the held-out loss's.
        random.normals(count: elements, image: $0, step: 1, purpose: .evaluationNoise)
      }
      for k in noised.indices { noised[k] = level.noised(x0: noised[k], noise: noise[k]) }
      let outputs = predictor.predict(
        scale == 1 ? noised : noised.map { scale * $0 },
        times: [Float](repeating: Float(level.time), count: chunk.count),
        condition: vector?.rows(data, chunk.map { images.indices[$0] })
          ?? (classes == 0
            ? Condition.none : .classes(chunk.map { data.label(images.indices[$0]) ?? classes })),
        beside: degradation?.beside(
          data, chunk.map { images.indices[$0] }, side: predictor.network.side))
      for row in 0..<chunk.count {
        var sum = 0.0
        for k in row * elements..<(row + 1) * elements {
          let estimate = prediction.estimates(
            from: Double(outputs[k]), xt: Double(noised[k]), at: level, sigmaData: sigmaData)
          let error = estimate.noise - Double(noise[k])
          sum += error * error
        }
        errors.append(sum / Double(elements))
      }
    }
    return errors
  }

  private static func estimate(_ values: [Double]) -> IntervalEstimate {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    guard values.count > 1 else { return IntervalEstimate(value: mean, low: .nan, high: .nan) }
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    return IntervalEstimate(
      value: mean, variance: variance / count, degreesOfFreedom: count - 1,
      within: 0...Double.infinity)
  }
}
