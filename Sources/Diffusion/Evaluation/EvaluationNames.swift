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
}

extension EvaluationSettings.Metric {
  /// The name that this measure is logged under.
  package var name: String {
    switch self {
    case .loss: EvaluationNames.loss
    case .classAgreement: EvaluationNames.classAgreement
    case .frechetPCA64: EvaluationNames.frechetPCA64
    case .sampleVariance: EvaluationNames.sampleVariance
    }
  }

  /// The name of the value that real images reach, where there is one.
  package var referenceName: String? {
    switch self {
    case .classAgreement: EvaluationNames.classAgreementReal
    case .frechetPCA64: EvaluationNames.frechetPCA64Floor
    case .loss, .sampleVariance: nil
    }
  }
}
