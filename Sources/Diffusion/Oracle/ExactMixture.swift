import Foundation

/// The best predictor there is for data of a mixture of Gaussians of one width, in closed form, with classes and
/// guidance: of width 0 it is that of a data set, whose every image is a component.
///
/// x = α·x_0 + σ·ε is a mixture of N(α·μ_k, (α²·d² + σ²)·I). With r_k the components' shares given x,
/// E[x_0 | x] = Σ r_k·(μ_k + α·d²/(α²·d² + σ²)·(x − α·μ_k)) (Karras 2022, appendix B.3, for d = 0).
public struct ExactMixture: Sendable {
  /// (K, D): μ_k, row by row.
  let means: [Double]
  /// D
  let elements: Int
  /// d
  let deviation: Double
  /// ln w_k
  private let logWeights: [Double]
  /// The components of each class.
  private let members: [[Int]]
  /// |μ_k|²
  private let squares: [Double]
  private let process: NoiseProcess

  /// - Parameters:
  ///   - means: (K, D), row by row.
  ///   - deviation: d ≥ 0.
  ///   - weights: (K); nil: all alike.
  ///   - classes: of each component, negative for none; empty: no classes.
  public init(
    means: [Double], elements: Int, deviation: Double, weights: [Double]? = nil,
    classes: [Int] = [], process: NoiseProcess
  ) {
    let count = means.count / max(elements, 1)
    precondition(count > 0 && means.count == count * elements)
    self.means = means
    self.elements = elements
    self.deviation = deviation
    self.process = process
    logWeights = weights.map { $0.map { log($0) } } ?? [Double](repeating: 0, count: count)
    let most = (classes.max() ?? -1) + 1
    members = (0..<most).map { label in classes.indices.filter { classes[$0] == label } }
    squares = (0..<count).map { k in
      means[k * elements..<(k + 1) * elements].reduce(0) { $0 + $1 * $1 }
    }
  }

  /// A mixture whose components are the classes.
  public init(_ mixture: MixtureParameters, process: NoiseProcess) {
    self.init(
      means: mixture.means.flatMap(\.self), elements: mixture.dimensions,
      deviation: mixture.deviation, weights: mixture.weights,
      classes: Array(mixture.means.indices), process: process)
  }

  /// Number of components.
  public var count: Int { logWeights.count }
  /// Number of classes.
  public var classes: Int { members.count }

  /// A `Denoiser` of a batch whose samples have these classes, guided as a network is, away from what it says of all.
  ///
  /// - Parameter labels: of each sample; nil, or where there are no classes: unconditional.
  public func denoiser<Value: SampleValue>(
    labels: [Int]? = nil, guidance: Guidance = .none
  ) -> Denoiser<Value> {
    let all = Array(0..<count)
    var guided = GuidedPrediction<Double>(guidance, process: process, elements: elements)
    return { x, level, output in
      var shares = [Double](repeating: 0, count: count)
      func evaluate(_ row: Int, _ among: [Int]) -> [Double] {
        let places = row * elements..<(row + 1) * elements
        return target(x[places].map { Double($0) }, level, among, &shares)
      }
      let rows = 0..<x.count / elements
      let free = guidance.isGuideAlone(at: level)
      // Without a class a sample is guided to nothing.
      let own = rows.map { row -> [Int] in
        guard !free, let label = labels?[row], members.indices.contains(label) else { return all }
        return members[label]
      }
      var result = rows.flatMap { evaluate($0, own[$0]) }
      if labels != nil, !free, guidance.acts(at: level) {
        guided.combine(
          &result, guide: rows.flatMap { evaluate($0, all) }, x: x.map { Double($0) },
          level: level)
      }
      for (place, value) in result.enumerated() { output[place] = Value(value) }
    }
  }

  /// The expected target of one sample whose component is one of `among`.
  private func target(
    _ x: [Double], _ level: NoiseLevel, _ among: [Int], _ shares: inout [Double]
  ) -> [Double] {
    let x0 = expectedX0(x, level, among, &shares)
    return x.indices.map { k in
      process.prediction.target(
        x0: x0[k], noise: level.noise(xt: x[k], x0: x0[k]), at: level,
        sigmaData: process.sigmaData)
    }
  }

  /// E[x_0 | x] of one sample whose component is one of `among`.
  /// - Parameter shares: room for as many numbers as there are components.
  func expectedX0(
    _ x: [Double], _ level: NoiseLevel, _ among: [Int], _ shares: inout [Double]
  ) -> [Double] {
    let alpha = level.signal
    let spread = level.signalVariance * deviation * deviation + level.noiseVariance
    // −|x − α·μ|²/(2·spread) less what all components share.
    var largest = -Double.infinity
    means.withUnsafeBufferPointer { means in
      for k in among {
        var product = 0.0
        for d in 0..<elements { product += x[d] * means[k * elements + d] }
        let score =
          logWeights[k] + alpha * (product - alpha * squares[k] / 2) / spread
        shares[k] = score
        largest = max(largest, score)
      }
    }
    var total = 0.0
    for k in among {
      shares[k] = exp(shares[k] - largest)
      total += shares[k]
    }
    var mean = [Double](repeating: 0, count: elements)
    means.withUnsafeBufferPointer { means in
      for k in among where shares[k] > 0 {
        let share = shares[k] / total
        for d in 0..<elements { mean[d] += share * means[k * elements + d] }
      }
    }
    let gain = alpha * deviation * deviation / spread
    return x.indices.map { mean[$0] + gain * (x[$0] - alpha * mean[$0]) }
  }
}
