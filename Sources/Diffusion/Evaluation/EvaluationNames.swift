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
  package static let bitsPerDim = "eval/bits_per_dim"
  package static let bitsPerDimPrior = "eval/bits_per_dim_prior"
  /// The divergences of the steps between the first and the last.
  package static let bitsPerDimDivergences = "eval/bits_per_dim_kl"
  package static let bitsPerDimDecoder = "eval/bits_per_dim_decoder"
  /// What of the divergences the variances alone make.
  package static let bitsPerDimConstant = "eval/bits_per_dim_constant"
  /// The divergences as a weighted squared error of the noise, but for the constant.
  package static let bitsPerDimWeightedError = "eval/bits_per_dim_weighted_error"
  /// The bound by trajectories of the forward process.
  package static let bitsPerDimTrajectory = "eval/bits_per_dim_trajectory"
  /// The squared error of the noise, the mean over t.
  package static let noiseError = "eval/noise_error"
  package static let logLikelihood = "eval/log_likelihood"
  /// The standard error that estimating the divergence has in the mean.
  package static let logLikelihoodProbeError = "eval/log_likelihood_probe_error"
  /// The log-likelihood of bytes in bits.
  package static let bitsPerDimODE = "eval/bits_per_dim_ode"
  /// Behind a name: the ends of its 95 % interval over images.
  package static let (low, high) = ("_low", "_high")

  /// Terms of the variational bound at each timestep, which they are logged at in the place of the training step.
  package static let boundTerm = "vlb/term"
  package static let boundConstant = "vlb/constant"
  package static let boundWeight = "vlb/weight"
  package static let boundWeightedError = "vlb/weighted_error"
  package static let boundNoiseError = "vlb/noise_error"
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
    case .bitsPerDim: EvaluationNames.bitsPerDim
    case .logLikelihood: EvaluationNames.logLikelihood
    }
  }

  /// The name of the value that real images reach, where there is one.
  package var referenceName: String? {
    switch self {
    case .classAgreement: EvaluationNames.classAgreementReal
    case .frechetPCA64: EvaluationNames.frechetPCA64Floor
    case .wasserstein2, .slicedWasserstein, .energyDistance: name + "_floor"
    case .loss, .sampleVariance, .sampleMean, .withinClassVariance, .errorParts, .inversionError,
      .bitsPerDim, .logLikelihood:
      nil
    }
  }

  /// The other names that it logs values under.
  package var furtherNames: [String] {
    func interval(_ name: String) -> [String] {
      [name + EvaluationNames.low, name + EvaluationNames.high]
    }
    return switch self {
    case .bitsPerDim:
      interval(EvaluationNames.bitsPerDim) + [
        EvaluationNames.bitsPerDimPrior, EvaluationNames.bitsPerDimDivergences,
        EvaluationNames.bitsPerDimDecoder, EvaluationNames.bitsPerDimConstant,
        EvaluationNames.bitsPerDimWeightedError, EvaluationNames.bitsPerDimTrajectory,
        EvaluationNames.noiseError, EvaluationNames.boundTerm, EvaluationNames.boundConstant,
        EvaluationNames.boundWeight, EvaluationNames.boundWeightedError,
        EvaluationNames.boundNoiseError,
      ] + interval(EvaluationNames.bitsPerDimTrajectory)
    case .logLikelihood:
      interval(EvaluationNames.logLikelihood) + [
        EvaluationNames.logLikelihoodProbeError, EvaluationNames.bitsPerDimODE,
      ] + interval(EvaluationNames.bitsPerDimODE)
    default: []
    }
  }
}
