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
