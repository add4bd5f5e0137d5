/// Under which names measures are logged.
public enum EvaluationNames {
  public static let loss = "eval/loss"
  public static let classAgreement = "eval/class_agreement"
  /// The same of real held-out images: what a perfect generator would reach.
  public static let classAgreementReal = "eval/class_agreement_real"
  public static let frechetPCA64 = "eval/frechet_pca64"
  /// The same of real held-out images: what a perfect generator would reach.
  public static let frechetPCA64Floor = "eval/frechet_pca64_floor"
  public static let sampleVariance = "eval/sample_variance"
}

extension EvaluationSettings.Metric {
  /// The name that this measure is logged under.
  public var name: String {
    switch self {
    case .loss: EvaluationNames.loss
    case .classAgreement: EvaluationNames.classAgreement
    case .frechetPCA64: EvaluationNames.frechetPCA64
    case .sampleVariance: EvaluationNames.sampleVariance
    }
  }

  /// The name of the value that real images reach, where there is one.
  public var referenceName: String? {
    switch self {
    case .classAgreement: EvaluationNames.classAgreementReal
    case .frechetPCA64: EvaluationNames.frechetPCA64Floor
    case .loss, .sampleVariance: nil
    }
  }
}
