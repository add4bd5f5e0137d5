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
    /// Mean squared error of the noise prediction at log-SNR of −6, −4 … 6: `eval/loss_by_snr`.
    case lossBySNR = "loss-by-snr"
    /// Fréchet distance in the features of a classifier trained on the data: `eval/classifier_frechet`, and extrapolated to
    /// infinitely many samples `eval/classifier_frechet_infinity`.
    case classifierFrechet = "classifier-frechet"
    /// Kernel distance in these features, unbiased: `eval/classifier_kernel`.
    case classifierKernel = "classifier-kernel"
    /// Share of samples among real images, by their features: `eval/precision`.
    case precision
    /// Share of real images among samples: `eval/recall`.
    case recall
    /// How many real images' neighbourhoods a sample is in: `eval/density`.
    case density
    /// Share of real images whose neighbourhood holds a sample: `eval/coverage`.
    case coverage
    /// How many different samples there are in effect, by their features: `eval/vendi`.
    case vendi
    /// Share of samples in which that classifier sees the class they were asked for: `eval/classifier_accuracy`.
    case classifierAccuracy = "classifier-accuracy"
    /// Share of samples nearer to a training image than a held-out image is: `eval/memorisation`.
    case memorisation
    /// Peak signal-to-noise ratio of restored images: `eval/psnr`.
    case psnr
    /// Fréchet inception distance, by weights that the user has: `eval/fid`, and extrapolated to infinitely many samples
    /// `eval/fid_infinity`.
    case fid

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
      case .loss, .lossBySNR, .bitsPerDim, .logLikelihood: false
      default: true
      }
    }

    /// By features of a classifier: ``FeatureMeasures``.
    package var isOfClassifier: Bool {
      switch self {
      case .classifierFrechet, .classifierKernel, .vendi, .classifierAccuracy: true
      default: isOfManifold
      }
    }

    /// By balls around features: ``ManifoldMeasures``.
    var isOfManifold: Bool {
      switch self {
      case .precision, .recall, .density, .coverage: true
      default: false
      }
    }

    /// What ``FeatureMeasures`` measure.
    package var isOfFeatures: Bool { isOfClassifier || self == .memorisation }

    /// Whether the numbers of images that it is of are logged beside it.
    package var logsCounts: Bool { isOfFeatures || self == .fid }

    /// Whether its floor is the distance between two halves of the training images.
    package var isBesideHalves: Bool {
      self == .fid || isOfClassifier && self != .classifierAccuracy
    }

    /// Samples that it takes at least; nil: it takes what there are.
    package var leastSamples: Int? { logsCounts ? FeatureMeasures.leastSamples : nil }
  }

  /// Every N training steps; nil: at the end only.
  public var every: Int?
  /// Held-out images for the loss, and samples drawn for the measures on samples.
  public var images: Int
  /// What is measured, in this order.
  public var metrics: [Metric]
  /// How likelihoods are measured.
  public var likelihood: LikelihoodSettings
  /// Of `fid`: the safetensors file of the Inception network's weights; nil: none.
  public var inception: String?
  /// Of `fid`: how pictures come to the size that the network takes.
  public var inceptionInput: InceptionInput
  /// Training steps, besides the first, at which what products are made of is rounded to short formats to see what is
  /// lost: every so many; nil: none.
  public var roundingEvery: Int?

  /// Settings whose defaults are those of an experiment file.
  public init(
    every: Int? = nil, images: Int = 1000, metrics: [Metric] = [.loss],
    likelihood: LikelihoodSettings = .init(), roundingEvery: Int? = nil, inception: String? = nil,
    inceptionInput: InceptionInput = .pytorchFID
  ) {
    self.inception = inception
    self.inceptionInput = inceptionInput
    self.roundingEvery = roundingEvery
    self.every = every
    self.images = images
    self.metrics = metrics
    self.likelihood = likelihood
  }
}
