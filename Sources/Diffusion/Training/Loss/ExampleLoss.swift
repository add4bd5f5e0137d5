import Foundation

/// The loss of one example and its gradient, as the settings have them.
struct ExampleLoss: Sendable {
  private let loss: TrainingSettings.Loss
  private let process: NoiseProcess
  /// Whether the network says variances beside its prediction: channels C … 2C of each pixel.
  private let learnsVariance: Bool
  /// By timestep, where the loss is of the bound.
  private let terms: [VariationalTerm]
  /// What the sum over t is of one term: T, times the weight of `hybrid`, in bits.
  private let boundScale: Double

  /// - Parameter range: of 8-bit data, see ``VariationalTerm``.
  init(_ loss: TrainingSettings.Loss, process: NoiseProcess, range: ClosedRange<Double>?) {
    self.loss = loss
    self.process = process
    learnsVariance = process.settings.variance == .learned
    let steps = process.table?.steps ?? 0
    terms =
      loss.isOfTheBound
      ? (0..<steps).map { VariationalTerm(process, timestep: $0, range: range) } : []
    let weight: Double = if case .hybrid(let weight) = loss { weight } else { 1 }
    boundScale = weight * Double(steps) / log(2)
  }

  /// Whether ``Example`` x_0 is looked at.
  var needsData: Bool { !terms.isEmpty }

  /// One example's arrays: pixels × channels.
  struct Arrays {
    /// What the network said; of learned variances twice the channels.
    var output: UnsafeMutableBufferPointer<Float>
    var target: UnsafeMutableBufferPointer<Float>
    /// x_t as the network saw it.
    var input: UnsafeMutableBufferPointer<Float>
    /// x_0; nil where it is not needed.
    var data: UnsafeMutableBufferPointer<Float>?
    var channels: Int
  }

  /// Σ over the values, times the example's weight.
  func value(_ arrays: Arrays, _ example: Example) -> Double {
    let sum: Double
    switch loss {
    case .mse:
      sum = learnsVariance ? squares(arrays) : squaredDifference(arrays.output, arrays.target)
    case .huber(let delta):
      sum = errors(arrays).reduce(0) { sum, error in
        let size = abs(error)
        return sum + (size <= delta ? error * error : 2 * delta * size - delta * delta)
      }
    case .vlb: sum = bound(arrays, example)
    case .hybrid: sum = squares(arrays) + bound(arrays, example)
    }
    return example.weight * sum
  }

  /// Writes ∂(scale·value)/∂output.
  /// - Parameters:
  ///   - scale: what the sum over the values is multiplied by, the loss scale within.
  ///   - seed: shaped like the output.
  func gradient(
    _ arrays: Arrays, _ example: Example, scale: Double,
    into seed: UnsafeMutableBufferPointer<Float>
  ) {
    let factor = Float(2 * scale) * Float(example.weight)
    let (channels, outputs) = (arrays.channels, outputs(arrays))
    switch loss {
    case .mse where !learnsVariance:
      for i in seed.indices { seed[i] = factor * (arrays.output[i] - arrays.target[i]) }
      return
    case .vlb: break
    case .mse, .huber, .hybrid:
      let most: Float = if case .huber(let delta) = loss { Float(delta) } else { .infinity }
      for pixel in 0..<arrays.target.count / channels {
        for c in 0..<channels {
          let error = arrays.output[pixel * outputs + c] - arrays.target[pixel * channels + c]
          seed[pixel * outputs + c] = factor * max(-most, min(most, error))
        }
        for c in channels..<outputs { seed[pixel * outputs + c] = 0 }
      }
    }
    guard loss.isOfTheBound else { return }
    let weight = scale * example.weight
    let isAlone = loss == .vlb
    forEachTerm(arrays, example) { place, variancePlace, term, value, meanSlope in
      if isAlone { seed[place] = Float(weight * boundScale * value.byMean * meanSlope) }
      if let variancePlace {
        seed[variancePlace] = Float(weight * boundScale * value.byLogVariance * term.slope)
      }
    }
  }

  private func outputs(_ arrays: Arrays) -> Int {
    learnsVariance ? 2 * arrays.channels : arrays.channels
  }

  private func errors(_ arrays: Arrays) -> some Sequence<Double> {
    let (channels, outputs) = (arrays.channels, outputs(arrays))
    return arrays.target.indices.lazy.map { i in
      let place = i / channels * outputs + i % channels
      return Double(arrays.output[place]) - Double(arrays.target[i])
    }
  }

  private func squares(_ arrays: Arrays) -> Double {
    errors(arrays).reduce(0) { $0 + $1 * $1 }
  }

  private func bound(_ arrays: Arrays, _ example: Example) -> Double {
    var sum = 0.0
    forEachTerm(arrays, example) { _, _, _, value, _ in sum += value.nats }
    return boundScale * sum
  }

  /// - Parameter body: gets where the output of a value is and its variance's, the term, its value there, ∂μ/∂output.
  private func forEachTerm(
    _ arrays: Arrays, _ example: Example,
    _ body: (Int, Int?, VariationalTerm, VariationalTerm.Value, Double) -> Void
  ) {
    guard let data = arrays.data else { return }
    let (channels, outputs) = (arrays.channels, outputs(arrays))
    let term = terms[Int(example.level.time)]
    let form = process.prediction.form(at: example.level, sigmaData: process.sigmaData)
    let slope = term.meanOfX0 * form.output / form.divisor
    let fixed = term.logVariance(process.settings.variance)
    for i in data.indices {
      let place = i / channels * outputs + i % channels
      let x = Double(arrays.input[i])
      let x0 = (form.x * x + form.output * Double(arrays.output[place])) / form.divisor
      let variancePlace = learnsVariance ? place + channels : nil
      let value = term(
        x0: Double(data[i]), x: x, mean: term.meanOfX0 * x0 + term.meanOfX * x,
        logVariance: variancePlace.map { term.logVariance(Double(arrays.output[$0])) } ?? fixed)
      body(place, variancePlace, term, value, slope)
    }
  }
}
