private import Kernels

/// Synthetic vectors: one Gaussian, or a mixture of them, in any number of dimensions.
///
/// Vector i of a split is a function of (i, split) alone.
struct Gaussians: Sendable {
  enum Kind: Sendable {
    /// N(mean, variance·I)
    case one(mean: Double, variance: Double)
    /// Vector i is of class i mod K, or of one that is drawn with its weight.
    case mixture(MixtureParameters)
  }

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
    case .mixture(.ring):
      // As it was called before there were others.
      "mixture 1 \(split.rawValue) 8 0.75 0.05"
    case .mixture(let mixture):
      "mixture 2 \(split.rawValue) \(mixture.means) \(mixture.deviation) "
        + (mixture.isInTurn ? "in turn" : "\(mixture.weights)")
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
    case .mixture(let mixture):
      let mean = mixture.means[component(of: index, mixture)]
      let deviation = Float(mixture.deviation)
      for i in out.indices { out[i] = Float(mean[i]) + deviation * out[i] }
    }
  }

  private func component(of index: Int, _ mixture: MixtureParameters) -> Int {
    if mixture.isInTurn { return index % mixture.means.count }
    // A part of its own: the normals are the other one's.
    var u: Float = 0
    withUnsafeMutablePointer(to: &u) {
      random.fillUniforms(
        UnsafeMutableBufferPointer(start: $0, count: 1), image: index, step: split.number,
        purpose: .data, part: 1)
    }
    return mixture.component(at: Double(u))
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

  /// - Parameter size: the number of dimensions, where it is given.
  static func mixture(
    _ mixture: MixtureParameters, size: Int?, split: DataSettings.Split, limit: Int?
  ) throws(DiffusionError) -> DataSet {
    guard size == nil || size == mixture.dimensions else {
      throw DiffusionError(
        .badInput,
        "mixture: lies in \(mixture.dimensions) dimensions; data.size \(size ?? 2) does not apply, "
          + "leave it out")
    }
    let count = try split.madeUpCount(limit)
    let gaussians = Gaussians(
      kind: .mixture(mixture), dimensions: mixture.dimensions, split: split)
    return DataSet(
      name: "mixture", count: count, height: 1, width: 1, channels: mixture.dimensions,
      storage: .gaussians(gaussians),
      labels: (0..<count).map { Int32(gaussians.component(of: $0, mixture)) },
      classes: mixture.means.count, classNames: mixture.classNames, isImage: false)
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
