private import Kernels

/// Synthetic vectors: one Gaussian in any number of dimensions, or eight on a circle in two.
///
/// Vector i of a split is a function of (i, split) alone.
struct Gaussians: Sendable {
  enum Kind: Sendable {
    /// N(mean, variance·I)
    case one(mean: Double, variance: Double)
    /// The class of vector i is i mod 8.
    case circle
  }

  /// Centres at (cos, sin)(k·45°)·0.75; with four deviations the data end at 0.95.
  static let components = 8
  static let radius = 0.75
  static let deviation = 0.05

  private static let seed: UInt64 = 0x4741_5553_5349_414e

  let kind: Kind
  let dimensions: Int
  let split: DataSettings.Split
  private let random = CounterRandom(seed: Self.seed)

  init(kind: Kind, dimensions: Int, split: DataSettings.Split) {
    self.kind = kind
    self.dimensions = dimensions
    self.split = split
  }

  /// All that the values depend on.
  var identity: String {
    switch kind {
    case .one(let mean, let variance):
      "gaussian 1 \(split.rawValue) \(mean) \(variance)"
    case .circle:
      "mixture 1 \(split.rawValue) \(Self.components) \(Self.radius) \(Self.deviation)"
    }
  }

  func draw(_ index: Int, into out: UnsafeMutableBufferPointer<Float>) {
    let out = UnsafeMutableBufferPointer(rebasing: out[..<dimensions])
    random.fillNormals(out, image: index, step: split.number, purpose: .data)
    switch kind {
    case .one(let mean, let variance):
      let deviation = Float(variance.squareRoot())
      for i in out.indices {
        out[i] = Float(mean) + deviation * out[i]
      }
    case .circle:
      let centre = Self.centre(index % Self.components)
      out[0] = centre.x + Float(Self.deviation) * out[0]
      out[1] = centre.y + Float(Self.deviation) * out[1]
    }
  }

  /// Multiples of 45°: no library's cosine, which may differ from another's.
  static func centre(_ component: Int) -> (x: Float, y: Float) {
    let half = 0.5.squareRoot()
    let turns = [0, half, 1, half, 0, -half, -1, -half]
    return (Float(radius * turns[(component + 2) % 8]), Float(radius * turns[component]))
  }

  static func dataSet(
    variance: Double, mean: Double, dimensions: Int, split: DataSettings.Split, limit: Int?
  ) throws(DiffusionError) -> DataSet {
    guard variance.isFinite, variance >= 0, mean.isFinite else {
      throw DiffusionError(
        .badInput,
        "gaussian: variance \(variance) and mean \(mean), expected finite numbers, the variance not "
          + "below 0")
    }
    return DataSet(
      name: "gaussian", count: try split.madeUpCount(limit), height: 1, width: 1,
      channels: dimensions,
      storage: .gaussians(
        Gaussians(
          kind: .one(mean: mean, variance: variance), dimensions: dimensions, split: split)),
      isImage: false)
  }

  static func mixture(
    size: Int?, split: DataSettings.Split, limit: Int?
  ) throws(DiffusionError) -> DataSet {
    guard size == nil || size == 2 else {
      throw DiffusionError(
        .badInput,
        "mixture: lies in 2 dimensions; data.size \(size ?? 2) does not apply, leave it out")
    }
    let count = try split.madeUpCount(limit)
    return DataSet(
      name: "mixture", count: count, height: 1, width: 1, channels: 2,
      storage: .gaussians(Gaussians(kind: .circle, dimensions: 2, split: split)),
      labels: (0..<count).map { Int32($0 % components) }, classes: components,
      classNames: (0..<components).map { "\($0 * 360 / components) degrees" }, isImage: false)
  }
}

extension DataSettings.Split {
  /// The `step` of the random streams that synthetic data are drawn from.
  var number: Int {
    switch self {
    case .train: 0
    case .test: 1
    }
  }

  /// Synthetic data have no end: `limit` if given, else 10,000 for training and 2,000 for testing.
  func madeUpCount(_ limit: Int?) throws(DiffusionError) -> Int {
    let count = limit ?? (self == .train ? 10_000 : 2_000)
    guard count <= 100_000_000 else {
      throw DiffusionError(.badInput, "data.limit is \(count), expected at most 100000000")
    }
    return count
  }
}
