import Kernels
import Measures

/// Measures of samples by the features of an ``ImageClassifier``, and how many of them are copies, each with its interval
/// and with what real images reach: as a rule two halves of the training images (``RealHalves``). Prepared once, used for
/// every set of samples.
///
/// Samples are measured against the training images: at most 10,000 of them by the distances, as many as there are samples,
/// 4,096 at most, by precision, recall, density and coverage, all of them in the search for copies.
final class FeatureMeasures {
  /// Samples, and real images, that precision and the others look at, whose work grows with their square.
  static let mostOfManifold = 4096
  /// Samples that are measured at least.
  static let leastSamples = 100

  private let metrics: Set<EvaluationSettings.Metric>
  private let training: DataSet
  private let pool: WorkerPool
  private let classifier: ImageClassifier?
  private var frechet: FrechetReference?
  private var kernel: KernelDistance?
  private var real: FeatureRows?
  /// Distances of held-out images to their nearest training images.
  private var heldOutDistances: [Double]?
  /// Places of the training images nearest to the samples that were measured last; nil where they were not looked for.
  private(set) var nearest: [Int]?
  /// What real held-out images reach.
  private var floors: [SessionEvent.MetricValue] = []

  /// - Parameters:
  ///   - samples: how many samples will be measured.
  ///   - metrics: what to prepare; others are passed over.
  ///   - cache: of classifiers.
  ///   - progress: told how far the classifier's training is, where it is needed.
  /// - Throws: as ``check(_:training:heldOut:samples:)``.
  init(
    training: DataSet, heldOut: DataSet, samples: Int, metrics: [EvaluationSettings.Metric],
    kernels: KernelSet, pool: WorkerPool, cache: MeasureCache? = .classifiers,
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws(DiffusionError) {
    try Self.check(metrics, training: training, heldOut: heldOut, samples: samples)
    self.metrics = Set(metrics)
    self.training = training
    self.pool = pool
    classifier =
      metrics.contains(where: \.isOfClassifier)
      ? ImageClassifier.of(
        training, kernels: kernels, pool: pool, cache: cache, progress: progress) : nil
    if let classifier { prepare(classifier, heldOut: heldOut, samples: samples) }
    if self.metrics.contains(.memorisation) { prepareCopies(heldOut, samples: samples) }
  }

  /// Whether these can be measured at all.
  ///
  /// - Throws: `DiffusionError(.badInput)` if the data are no images or have no classes, or if there are too few samples
  ///   or held-out images.
  static func check(
    _ metrics: [EvaluationSettings.Metric], training: DataSet, heldOut: DataSet, samples: Int
  ) throws(DiffusionError) {
    func refuse(_ metric: EvaluationSettings.Metric, _ what: String) -> DiffusionError {
      DiffusionError(.badInput, "\(metric.rawValue) in evaluation.metrics \(what)")
    }
    if metrics.contains(.fid) { try InceptionDistance.check(training) }
    for metric in metrics where metric.logsCounts {
      if metric.isOfClassifier {
        guard training.isImage else {
          throw refuse(
            metric,
            "is of images, by a classifier's features, and \(training.name) has vectors: measure wasserstein2 or "
              + "energy-distance")
        }
        guard training.classes > 1, !training.labels.isEmpty else {
          throw refuse(
            metric,
            "takes a classifier trained on the data's classes, and \(training.name) has "
              + "\(training.classes == 1 ? "one" : "none"): measure frechet-pca64, which needs none"
          )
        }
      }
      guard samples >= leastSamples else {
        throw refuse(
          metric,
          "takes \(leastSamples) samples or more, and evaluation.images is \(samples): raise it")
      }
      guard training.count >= leastSamples else {
        throw refuse(
          metric,
          "takes \(leastSamples) training images or more; \(training.name) has \(training.count): raise data.limit"
        )
      }
      guard metric != .memorisation || heldOut.count >= 2 else {
        throw refuse(
          metric, "takes 2 held-out images or more; \(training.name) has \(heldOut.count)")
      }
    }
  }

  private func prepare(_ classifier: ImageClassifier, heldOut: DataSet, samples: Int) {
    let chosen = EvaluationImages(training, count: ReferenceStatistics.mostImages)
    let trained = classifier(chosen).features
    let measuresManifold = metrics.contains(where: \.isOfManifold)
    if metrics.contains(.classifierFrechet) { frechet = FrechetReference(trained.fit) }
    if metrics.contains(.classifierKernel) { kernel = KernelDistance(to: trained) }
    if measuresManifold { real = trained.prefix(min(samples, Self.mostOfManifold)) }

    // Of images that the classifier was not trained on.
    let images = EvaluationImages(heldOut, count: ReferenceStatistics.mostImages)
    if metrics.contains(.classifierAccuracy), let labels = images.labels, images.count > 0 {
      let hits = zip(classifier(images).classes, labels).count { $0 == $1 }
      floors.append(
        .init(
          name: EvaluationNames.classifierAccuracyReal,
          value: Double(hits) / Double(images.count)))
    }
    guard metrics.contains(where: \.isBesideHalves) else { return }
    let halves = RealHalves(of: training, samples: samples)
    let (first, second) = halves.split(
      halves.choice.count == chosen.count ? trained : classifier(halves.choice).features)
    if metrics.contains(.classifierFrechet) {
      floors += FrechetHalves(first, second, pool: pool)
        .floors(of: EvaluationNames.classifierFrechet)
    }
    if metrics.contains(.classifierKernel) {
      floors.append(
        .init(
          name: EvaluationNames.classifierKernel + "_floor",
          value: KernelDistance(to: first)(second).value))
    }
    if measuresManifold {
      let found = ManifoldMeasures(
        real: first.prefix(Self.mostOfManifold), samples: second.prefix(Self.mostOfManifold))
      for (metric, value) in [
        (EvaluationSettings.Metric.precision, found.precision), (.recall, found.recall),
        (.density, found.density), (.coverage, found.coverage),
      ] where metrics.contains(metric) {
        floors.append(.init(name: metric.name + "_real", value: value))
      }
    }
    if metrics.contains(.vendi) {
      floors.append(
        .init(name: EvaluationNames.vendi + "_real", value: vendiScore(second).value))
    }
  }

  /// Half of the held-out images, as many as samples at most, are what samples are compared with; the other half say what
  /// images reach that were not copied.
  private func prepareCopies(_ heldOut: DataSet, samples: Int) {
    let images = EvaluationImages(heldOut, count: 2 * samples)
    let half = max(min(samples, images.count / 2), 2)
    let distances = NearestImages(
      to: images.values(0..<images.count), among: training, pool: pool
    ).distances
    heldOutDistances = Array(distances.prefix(half))
    let others = Array(distances.dropFirst(half).prefix(half))
    guard others.count > 1 else { return }
    floors.append(
      .init(
        name: EvaluationNames.memorisationReal,
        value: copyingShare(samples: others, heldOut: Array(distances.prefix(half))).value))
  }

  /// All that was prepared, by the names it is logged under; NaN if a sample is not finite.
  ///
  /// - Parameters:
  ///   - samples: (N, H, W, C).
  ///   - labels: (N) the class that each was asked for; empty: none was.
  func callAsFunction(_ samples: [Float], labels: [Int]) -> [SessionEvent.MetricValue] {
    var values: [SessionEvent.MetricValue] = []
    func add(_ name: String, _ estimate: IntervalEstimate) {
      values += SessionEvent.MetricValue.named(name, estimate)
    }
    if let classifier {
      let sight = classifier(samples)
      values += distances(sight.features)
      if let real {
        let found = ManifoldMeasures.estimates(
          real: real, samples: sight.features.prefix(Self.mostOfManifold), pool: pool)
        for (metric, estimate) in [
          (EvaluationSettings.Metric.precision, found.precision), (.recall, found.recall),
          (.density, found.density), (.coverage, found.coverage),
        ] where metrics.contains(metric) {
          add(metric.name, estimate)
        }
      }
      if metrics.contains(.vendi) { add(EvaluationNames.vendi, vendiScore(sight.features)) }
      if metrics.contains(.classifierAccuracy), !labels.isEmpty {
        let isFinite = sight.features.isFinite && !sight.classes.contains(nil)
        let hits = zip(sight.classes, labels).count { $0 == $1 }
        add(
          EvaluationNames.classifierAccuracy,
          isFinite ? IntervalEstimate(hits: hits, of: labels.count) : .none)
      }
    }
    if let heldOutDistances {
      let nearest = NearestImages(to: samples, among: training, pool: pool)
      self.nearest = nearest.indices
      add(
        EvaluationNames.memorisation,
        copyingShare(samples: nearest.distances, heldOut: heldOutDistances))
    }
    return values
      + floors.filter { !labels.isEmpty || $0.name != EvaluationNames.classifierAccuracyReal }
  }

  /// Fréchet and kernel distances, as far as they were prepared.
  private func distances(_ features: FeatureRows) -> [SessionEvent.MetricValue] {
    var values: [SessionEvent.MetricValue] = []
    if let frechet {
      values += SessionEvent.MetricValue.named(
        EvaluationNames.classifierFrechet, frechet.estimate(features))
      if features.count >= FrechetReference.leastSamples(dimension: features.dimension) {
        values += SessionEvent.MetricValue.named(
          EvaluationNames.classifierFrechetInfinity, frechet.infinity(features))
      }
    }
    if let kernel {
      values += SessionEvent.MetricValue.named(
        EvaluationNames.classifierKernel, kernel(features))
    }
    return values
  }
}
