/// Combines what a network and its guide say of a batch, level after level.
struct GuidedPrediction<Value: SampleValue> {
  private let guidance: Guidance
  private let process: NoiseProcess
  /// D, values of a sample.
  private let elements: Int
  /// Δ of the level before, in x̂_0, and that level's σ/α.
  private var last: (ratio: Double, difference: [Double])?

  init(_ guidance: Guidance, process: NoiseProcess, elements: Int) {
    self.guidance = guidance
    self.process = process
    self.elements = elements
  }

  /// - Parameters:
  ///   - output: what the network says of x; overwritten by what guidance makes of it. Of variances, which may stand
  ///     behind, those of the network stay.
  ///   - guide: what the guide says.
  mutating func combine(_ output: inout [Value], guide: [Value], x: [Value], level: NoiseLevel) {
    if guidance.projection == nil, guidance.rescale == 0 {
      let scale = Value(guidance.scale)
      for i in x.indices { output[i] = guide[i] + scale * (output[i] - guide[i]) }
      return
    }
    let plain = guidance.rescale > 0 ? Array(output[x.indices]) : []
    if let projection = guidance.projection {
      project(&output, guide: guide, x: x, level: level, projection)
    } else {
      for i in x.indices {
        output[i] = Value(
          Double(guide[i]) + guidance.scale * (Double(output[i]) - Double(guide[i])))
      }
    }
    guard guidance.rescale > 0 else { return }
    for first in stride(from: 0, to: x.count, by: elements) {
      let places = first..<first + elements
      let (wanted, found) = (Self.deviation(plain[places]), Self.deviation(output[places]))
      guard found > 0 else { continue }
      let factor = guidance.rescale * wanted / found + 1 - guidance.rescale
      for i in places { output[i] = Value(factor * Double(output[i])) }
    }
  }

  private static func deviation(_ values: ArraySlice<Value>) -> Double {
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    let squares = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (squares / Double(values.count)).squareRoot()
  }

  private mutating func project(
    _ output: inout [Value], guide: [Value], x: [Value], level: NoiseLevel,
    _ projection: Guidance.Projection
  ) {
    let form = process.prediction.form(at: level, sigmaData: process.sigmaData)
    // x̂_0 is linear in the output: a difference of outputs times this is one of x̂_0.
    let slope = form.output / form.divisor
    guard slope != 0, slope.isFinite else { return }
    let ratio = level.ratio
    var difference = x.indices.map { slope * (Double(output[$0]) - Double(guide[$0])) }
    // A level that is noisier than the last one begins another descent, which has no level before.
    if projection.momentum != 0, let last, last.difference.count == difference.count,
      ratio <= last.ratio
    {
      for i in difference.indices { difference[i] += projection.momentum * last.difference[i] }
    }
    if projection.momentum != 0 { last = (ratio, difference) }
    for first in stride(from: 0, to: x.count, by: elements) {
      let places = first..<first + elements
      var (length, along, own) = (0.0, 0.0, 0.0)
      func x0(_ i: Int) -> Double {
        (form.x * Double(x[i]) + form.output * Double(output[i])) / form.divisor
      }
      for i in places {
        let direction = x0(i)
        length += difference[i] * difference[i]
        along += difference[i] * direction
        own += direction * direction
      }
      let bound = projection.norm.map { length > 0 ? min(1, $0 / length.squareRoot()) : 1 } ?? 1
      let share = own > 0 ? along / own : 0
      for i in places {
        let parallel = share * x0(i)
        let counted = bound * (difference[i] - (1 - projection.parallel) * parallel)
        output[i] = Value(Double(output[i]) + (guidance.scale - 1) * counted / slope)
      }
    }
  }
}
