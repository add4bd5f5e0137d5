/// What is measured: the `evaluation` section of an experiment file.
public struct EvaluationSettings: Sendable, Hashable, Codable {
  /// What is measured of a trained network.
  public enum Metric: String, Sendable, Hashable, Codable, CaseIterable {
    /// Mean squared error of the noise prediction on held-out images: `eval/loss`.
    case loss
    /// Share of samples nearest to their class's mean image: `eval/class_agreement`.
    case classAgreement = "class-agreement"
    /// Fréchet distance in 64 principal components of the training pixels: `eval/frechet_pca64`.
    case frechetPCA64 = "frechet-pca64"
    /// Variance of what comes out, for data of known variance: `eval/sample_variance`.
    case sampleVariance = "sample-variance"
    /// Mean of what comes out: `eval/sample_mean`.
    case sampleMean = "sample-mean"
    /// Variance of what comes out about each class's mean: `eval/within_class_variance`.
    case withinClassVariance = "within-class-variance"
    /// Wasserstein-2 distance to the data: `eval/wasserstein2` in one dimension and of Gaussian data, where it is exact,
    /// elsewhere as ``slicedWasserstein``.
    case wasserstein2
    /// The same of projections onto lines, averaged over their directions: `eval/sliced_wasserstein`.
    case slicedWasserstein = "sliced-wasserstein"
    /// Energy distance to as many real points: `eval/energy_distance`.
    case energyDistance = "energy-distance"
    /// What start, score and discretisation account for, of data whose best predictor is known: `eval/error_start`,
    /// `eval/error_score`, `eval/error_discretisation`.
    case errorParts = "error-parts"
    /// Root mean square of held-out images less what DDIM inversion and the sampler make of them: `eval/inversion_error`.
    case inversionError = "inversion-error"
    /// The variational bound on the negative log-likelihood of held-out data: `eval/bits_per_dim`, and what it is made of.
    case bitsPerDim = "bits-per-dim"
    /// Log-likelihood of held-out data by the probability-flow ODE: `eval/log_likelihood`.
    case logLikelihood = "log-likelihood"

    /// Of distributions: ``DistributionDistances``.
    var isDistance: Bool {
      switch self {
      case .wasserstein2, .slicedWasserstein, .energyDistance: true
      default: false
      }
    }

    /// Whether it is of samples; else of the denoiser.
    package var needsSamples: Bool {
      switch self {
      case .loss, .bitsPerDim, .logLikelihood: false
      default: true
      }
    }
  }

  /// Every N training steps; nil: at the end only.
  public var every: Int?
  /// Held-out images for the loss, and samples drawn for the measures on samples.
  public var images: Int
  /// What is measured, in this order.
  public var metrics: [Metric]
  /// How likelihoods are measured.
  public var likelihood: LikelihoodSettings

  /// Settings whose defaults are those of an experiment file.
  public init(
    every: Int? = nil, images: Int = 1000, metrics: [Metric] = [.loss],
    likelihood: LikelihoodSettings = .init()
  ) {
    self.every = every
    self.images = images
    self.metrics = metrics
    self.likelihood = likelihood
  }
}
