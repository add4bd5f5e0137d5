import Kernels

/// What a denoiser takes the data to be, x̂_0 of samples each at a level of its own: what likelihoods ask.
///
/// Conditional denoisers are told each image's own class, so that the likelihood is that of the image given its class.
struct DataEstimator: Sendable {
  /// Of samples of these classes; nil: of none.
  typealias Exact = @Sendable (_ labels: [Int]?) -> Denoiser<Double>

  private enum Kind: Sendable {
    case network(Predictor)
    case exact(Exact)
  }

  private let kind: Kind
  let process: NoiseProcess
  /// D
  let elements: Int
  /// How far x̂_0 may go.
  private let limit: EstimateLimit
  /// Of each image, by its place; nil: of none.
  private let labels: [Int]?

  /// Of a network, in the precision that it predicts in.
  /// - Parameter labels: of each image; negative where it has none.
  init(
    _ predictor: Predictor, process: NoiseProcess, labels: [Int]?, limit: EstimateLimit = .none
  ) {
    kind = .network(predictor)
    self.process = process
    elements = predictor.elements
    self.limit = limit
    let classes = predictor.network.classes
    self.labels = classes == 0 ? nil : labels?.map { $0 < 0 ? classes : $0 }
  }

  /// Of a closed form, in Double.
  init(
    _ exact: @escaping Exact, process: NoiseProcess, elements: Int, labels: [Int]? = nil,
    limit: EstimateLimit = .none
  ) {
    kind = .exact(exact)
    self.process = process
    self.elements = elements
    self.labels = labels
    self.limit = limit
  }

  /// Whether the denoiser knows every level; a network those that it was trained on.
  var isExact: Bool { if case .exact = kind { true } else { false } }

  /// - Parameters:
  ///   - x: (N, D), samples at their levels. A network is shown them rounded to Float.
  ///   - levels: (N).
  ///   - places: (N), which image each sample is made of.
  /// - Returns: (N, D): x̂_0.
  /// - Throws: what the denoiser throws.
  func data(_ x: [Double], at levels: [NoiseLevel], of places: [Int]) throws -> [Double] {
    try estimate(x, at: levels, of: places).x0
  }

  /// The same, and what a network with learned variances says of them, from −1 for β̃ to 1 for β; nil of others.
  func estimate(
    _ x: [Double], at levels: [NoiseLevel], of places: [Int]
  ) throws -> (x0: [Double], variances: [Double]?) {
    let own = labels.map { labels in places.map { labels[$0] } }
    switch kind {
    case .network(let predictor):
      let classes = predictor.network.classes
      let prediction = predictor.prediction(
        of: x.map { Float($0) }, at: levels,
        condition: classes == 0
          ? .none : .classes(own ?? [Int](repeating: classes, count: levels.count)),
        process: process, limit: limit)
      return (prediction.x0.map(Double.init), prediction.variances?.map(Double.init))
    case .exact(let exact):
      guard let first = levels.first else { return ([], nil) }
      if levels.allSatisfy({ $0 == first }) { return (try data(x, at: first, exact(own)), nil) }
      var result: [Double] = []
      result.reserveCapacity(x.count)
      for (row, level) in levels.enumerated() {
        result += try data(
          Array(x[row * elements..<(row + 1) * elements]), at: level,
          exact(own.map { [$0[row]] }))
      }
      return (result, nil)
    }
  }

  private func data(
    _ x: [Double], at level: NoiseLevel, _ denoise: Denoiser<Double>
  ) throws -> [Double] {
    var output = [Double](repeating: 0, count: x.count)
    try denoise(x, level, &output)
    return Double.denoised(
      output, x: x, at: level, process: process, limit: limit, elements: elements)
  }
}
