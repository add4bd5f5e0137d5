import Measures

/// What samples are measured against: class means, principal components and their Gaussian, of real
/// training images, and what real held-out images reach. Prepared once, used for every set of samples.
///
/// At most 10,000 training and 10,000 held-out images are looked at, the same in every run.
public struct ReferenceStatistics: Sendable {
  /// Most images that any statistic is taken of.
  public static let mostImages = 10_000

  private let classMeans: ClassMeans?
  private let components: PrincipalComponents?
  private let trainingFit: GaussianFit?

  /// Share of held-out images nearest to their class's mean: what a perfect generator would reach.
  /// Nil if class agreement was not asked for.
  public let classAgreementReal: Double?
  /// Fréchet distance of held-out images, as many as there will be samples, to the training images:
  /// what a perfect generator would reach, and not 0, since the distance is biased by the count. Nil
  /// if it was not asked for, and where there are not as many: of fewer it is another yardstick.
  public let frechetFloor: Double?

  /// - Parameters:
  ///   - samples: how many samples will be measured.
  ///   - metrics: what to prepare; those not measured on samples are passed over.
  /// - Throws: `DiffusionError(.badInput)` if class agreement is asked for and the data have no
  ///   classes, or if they have no principal components.
  public init(
    training: DataSet, heldOut: DataSet, samples: Int,
    metrics: [EvaluationSettings.Metric] = [.classAgreement, .frechetPCA64]
  ) throws {
    guard training.valuesPerImage == heldOut.valuesPerImage else {
      throw DiffusionError(
        .badInput,
        "training images have \(training.valuesPerImage) values, held-out ones "
          + "\(heldOut.valuesPerImage)")
    }
    let trainingImages = EvaluationImages(training, count: Self.mostImages)
    let heldOutImages = EvaluationImages(heldOut, count: Self.mostImages)

    if metrics.contains(.classAgreement) {
      let means = try ClassMeans(trainingImages)
      classMeans = means
      classAgreementReal = means.agreement(heldOutImages)
    } else {
      classMeans = nil
      classAgreementReal = nil
    }
    if metrics.contains(.frechetPCA64) {
      let components = try PrincipalComponents(trainingImages, count: 64)
      let fit = GaussianFit(
        points: components.project(trainingImages), dimension: components.count)
      let floorImages = heldOutImages.prefix(samples)
      self.components = components
      trainingFit = fit
      frechetFloor =
        floorImages.count < samples
        ? nil
        : GaussianFit(points: components.project(floorImages), dimension: components.count)
          .frechetDistance(to: fit)
    } else {
      components = nil
      trainingFit = nil
      frechetFloor = nil
    }
  }

  /// Share of samples nearest to the mean image of the class they were asked for.
  ///
  /// - Parameters:
  ///   - samples: (N, D).
  ///   - labels: (N).
  /// - Returns: nil if class agreement was not prepared; NaN if a sample is not finite.
  public func classAgreement(samples: [Float], labels: [Int]) -> Double? {
    classMeans?.agreement(samples: samples, labels: labels)
  }

  /// Squared Fréchet distance of the samples to the training images, each as a Gaussian in the first
  /// 64 principal components of the training pixels.
  ///
  /// - Parameter samples: (N, D); compare sets of the same N only.
  /// - Returns: nil if it was not prepared; NaN for fewer than two samples, or if one is not finite.
  public func frechet(samples: [Float]) -> Double? {
    guard let components, let trainingFit else { return nil }
    return GaussianFit(points: components.project(samples), dimension: components.count)
      .frechetDistance(to: trainingFit)
  }

  /// All that was prepared, by the names it is logged under, in order of name.
  public func measures(samples: [Float], labels: [Int]) -> [(name: String, value: Double)] {
    [
      (EvaluationNames.classAgreement, classAgreement(samples: samples, labels: labels)),
      (EvaluationNames.classAgreementReal, classAgreementReal),
      (EvaluationNames.frechetPCA64, frechet(samples: samples)),
      (EvaluationNames.frechetPCA64Floor, frechetFloor),
    ].compactMap { name, value in value.map { (name, $0) } }
  }
}
