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
  /// The mean over all levels; each is logged under ``lossBySNR(_:)``.
  package static let lossBySNR = "eval/loss_by_snr"
  package static let classifierFrechet = "eval/classifier_frechet"
  /// The same, extrapolated to infinitely many samples.
  package static let classifierFrechetInfinity = "eval/classifier_frechet_infinity"
  package static let classifierKernel = "eval/classifier_kernel"
  package static let precision = "eval/precision"
  package static let recall = "eval/recall"
  package static let density = "eval/density"
  package static let coverage = "eval/coverage"
  package static let vendi = "eval/vendi"
  package static let classifierAccuracy = "eval/classifier_accuracy"
  package static let classifierAccuracyReal = "eval/classifier_accuracy_real"
  package static let psnr = "eval/psnr"
  package static let fid = "eval/fid"
  /// The same, extrapolated to infinitely many samples.
  package static let fidInfinity = "eval/fid_infinity"
  package static let memorisation = "eval/memorisation"
  package static let memorisationReal = "eval/memorisation_real"
  /// Samples that were measured; in its name no measure itself.
  package static let samplesMeasured = "sample/measured"
  /// Real images in each of the two halves that floors are the distances of.
  package static let realMeasured = "sample/measured_real"

  /// The loss at a log-SNR: `eval/loss_by_snr/-4`.
  package static func lossBySNR(_ logSNR: Int) -> String { "\(lossBySNR)/\(logSNR)" }

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
    case .lossBySNR: EvaluationNames.lossBySNR
    case .classifierFrechet: EvaluationNames.classifierFrechet
    case .classifierKernel: EvaluationNames.classifierKernel
    case .precision: EvaluationNames.precision
    case .recall: EvaluationNames.recall
    case .density: EvaluationNames.density
    case .coverage: EvaluationNames.coverage
    case .vendi: EvaluationNames.vendi
    case .classifierAccuracy: EvaluationNames.classifierAccuracy
    case .memorisation: EvaluationNames.memorisation
    case .psnr: EvaluationNames.psnr
    case .fid: EvaluationNames.fid
    }
  }

  /// The name of the value that real images reach, where there is one.
  package var referenceName: String? {
    switch self {
    case .classAgreement: EvaluationNames.classAgreementReal
    case .frechetPCA64: EvaluationNames.frechetPCA64Floor
    case .wasserstein2, .slicedWasserstein, .energyDistance, .classifierFrechet, .classifierKernel,
      .fid:
      name + "_floor"
    case .precision, .recall, .density, .coverage, .vendi, .classifierAccuracy, .memorisation:
      name + "_real"
    case .loss, .sampleVariance, .sampleMean, .withinClassVariance, .errorParts, .inversionError,
      .lossBySNR, .bitsPerDim, .logLikelihood, .psnr:
      nil
    }
  }

  /// What is logged beside the measure and its reference: the ends of its interval, and what belongs to it.
  package var furtherNames: [String] {
    func bounds(_ name: String) -> [String] {
      [name + EvaluationNames.low, name + EvaluationNames.high]
    }
    let infinity = name + "_infinity"
    switch self {
    case .classifierFrechet, .fid:
      return bounds(name) + [infinity, infinity + "_floor"] + bounds(infinity)
    case .classifierKernel, .precision, .recall, .density, .coverage, .vendi, .classifierAccuracy,
      .memorisation:
      return bounds(name)
    case .lossBySNR:
      return bounds(name)
        + LossBySNR.levels.flatMap { level in
          let name = EvaluationNames.lossBySNR(level)
          return [name] + bounds(name)
        }
    case .bitsPerDim:
      return bounds(name) + [
        EvaluationNames.bitsPerDimPrior, EvaluationNames.bitsPerDimDivergences,
        EvaluationNames.bitsPerDimDecoder, EvaluationNames.bitsPerDimConstant,
        EvaluationNames.bitsPerDimWeightedError, EvaluationNames.bitsPerDimTrajectory,
        EvaluationNames.noiseError, EvaluationNames.boundTerm, EvaluationNames.boundConstant,
        EvaluationNames.boundWeight, EvaluationNames.boundWeightedError,
        EvaluationNames.boundNoiseError,
      ] + bounds(EvaluationNames.bitsPerDimTrajectory)
    case .logLikelihood:
      return bounds(name) + [
        EvaluationNames.logLikelihoodProbeError, EvaluationNames.bitsPerDimODE,
      ] + bounds(EvaluationNames.bitsPerDimODE)
    default: return []
    }
  }
}
