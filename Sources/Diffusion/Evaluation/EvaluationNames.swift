/// Under which names measures are logged.
package enum EvaluationNames {
  package static let loss = "eval/loss"
  package static let classAgreement = "eval/class_agreement"
  /// The same of real held-out images: what a perfect generator would reach.
  package static let classAgreementReal = "eval/class_agreement_real"
  package static let frechetPCA64 = "eval/frechet_pca64"
  /// The same of real held-out images: what a perfect generator would reach.
  package static let frechetPCA64Floor = "eval/frechet_pca64_floor"
  package static let sampleVariance = "eval/sample_variance"
  package static let sampleMean = "eval/sample_mean"
  package static let withinClassVariance = "eval/within_class_variance"
  package static let wasserstein2 = "eval/wasserstein2"
  package static let slicedWasserstein = "eval/sliced_wasserstein"
  package static let energyDistance = "eval/energy_distance"
  package static let errorStart = "eval/error_start"
  package static let errorScore = "eval/error_score"
  package static let errorDiscretisation = "eval/error_discretisation"
  package static let inversionError = "eval/inversion_error"
}

extension EvaluationSettings.Metric {
  /// Whether the Wasserstein distance of these data is measured exactly: in one dimension, and between Gaussians. Else it
  /// is sliced.
  package static func isWasserstein2Exact(_ source: DataSettings.Source, elements: Int) -> Bool {
    if case .gaussian = source { true } else { elements == 1 }
  }

  /// The name that this measure is logged under, of data in so many dimensions.
  package func name(_ source: DataSettings.Source, elements: Int) -> String {
    self == .wasserstein2 && !Self.isWasserstein2Exact(source, elements: elements)
      ? EvaluationNames.slicedWasserstein : name
  }

  /// The name that this measure is logged under; of what is not exact it is another, see ``name(_:elements:)``.
  package var name: String {
    switch self {
    case .loss: EvaluationNames.loss
    case .classAgreement: EvaluationNames.classAgreement
    case .frechetPCA64: EvaluationNames.frechetPCA64
    case .sampleVariance: EvaluationNames.sampleVariance
    case .sampleMean: EvaluationNames.sampleMean
    case .withinClassVariance: EvaluationNames.withinClassVariance
    case .wasserstein2: EvaluationNames.wasserstein2
    case .slicedWasserstein: EvaluationNames.slicedWasserstein
    case .energyDistance: EvaluationNames.energyDistance
    case .errorParts: EvaluationNames.errorDiscretisation
    case .inversionError: EvaluationNames.inversionError
    }
  }

  /// The name of the value that real images reach, where there is one.
  package var referenceName: String? {
    switch self {
    case .classAgreement: EvaluationNames.classAgreementReal
    case .frechetPCA64: EvaluationNames.frechetPCA64Floor
    case .wasserstein2, .slicedWasserstein, .energyDistance: name + "_floor"
    case .loss, .sampleVariance, .sampleMean, .withinClassVariance, .errorParts, .inversionError:
      nil
    }
  }
}
