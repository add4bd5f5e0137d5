import Kernels
import Measures

/// The Fréchet inception distance (FID; Heusel 2017, eq. 6): the squared Fréchet distance of the features of samples to
/// those of real training images, at most 10,000, in the ``InceptionNetwork`` whose weights the user has. Prepared once,
/// used for every set of samples.
struct InceptionDistance {
  private let features: InceptionFeatures
  private let pool: WorkerPool
  private let shape: Shape
  private let reference: GaussianFit
  /// Made when first needed: of fewer samples than dimensions it is not.
  private var whole: FrechetReference?
  /// Of two halves of the training images.
  private let floors: [SessionEvent.MetricValue]

  /// - Parameters:
  ///   - samples: how many will be measured.
  ///   - progress: told how many real images are done; what it throws ends the work.
  init(
    _ features: InceptionFeatures, training: DataSet, samples: Int, pool: WorkerPool,
    progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) rethrows {
    self.features = features
    self.pool = pool
    shape = Shape(
      count: 1, height: training.height, width: training.width, channels: training.channels)
    let images = EvaluationImages(training, count: ReferenceStatistics.mostImages)
    let real = try features(images, progress: progress)
    reference = real.fit
    let halves = RealHalves(of: training, samples: samples)
    let others =
      halves.choice.count == images.count ? real : try features(halves.choice, progress: progress)
    let (first, second) = halves.split(others)
    floors = FrechetHalves(first, second, pool: pool).floors(of: EvaluationNames.fid)
  }

  /// Whether these data have it.
  ///
  /// - Throws: `DiffusionError(.badInput)` where they are no images of one channel or three.
  static func check(_ training: DataSet) throws(DiffusionError) {
    guard training.isImage, [1, 3].contains(training.channels) else {
      let found = training.isImage ? "images of \(training.channels) channels" : "vectors"
      throw DiffusionError(
        .badInput,
        "fid in evaluation.metrics is of images, grey or coloured, and \(training.name) has \(found)"
      )
    }
  }

  /// By the names it is logged under; NaN if a sample is not finite.
  ///
  /// - Parameter samples: (N, H, W, C).
  mutating func callAsFunction(
    _ samples: [Float], progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) rethrows -> [SessionEvent.MetricValue] {
    let rows = try features(samples, shape: shape, progress: progress)
    let name = EvaluationNames.fid
    guard rows.isFinite else { return SessionEvent.MetricValue.named(name, .none) + floors }
    if rows.count <= rows.dimension {
      let few = FrechetOfFew(reference, rows)
      return SessionEvent.MetricValue.named(name, few.estimate(pool: pool)) + floors
    }
    let whole = self.whole ?? FrechetReference(reference)
    self.whole = whole
    guard let whole else { return SessionEvent.MetricValue.named(name, .none) + floors }
    var values = SessionEvent.MetricValue.named(name, whole.estimate(rows, pool: pool))
    if rows.count >= FrechetReference.leastSamples(dimension: rows.dimension) {
      values += SessionEvent.MetricValue.named(
        EvaluationNames.fidInfinity, whole.infinity(rows, pool: pool))
    }
    return values + floors
  }
}
