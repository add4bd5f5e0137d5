import Measures
import Statistics

/// What is known about metrics by their names.
package enum MetricName {
  package static let trainLoss = "train/loss"
  package static let evalLoss = EvaluationNames.loss
  package static let frechet = EvaluationNames.frechetPCA64
  package static let psnr = EvaluationNames.psnr
  package static let frechetFloor = EvaluationNames.frechetPCA64Floor
  package static let classAgreement = EvaluationNames.classAgreement
  package static let classAgreementReal = EvaluationNames.classAgreementReal
  package static let sampleVariance = EvaluationNames.sampleVariance
  package static let sampleMean = EvaluationNames.sampleMean
  package static let withinClassVariance = EvaluationNames.withinClassVariance
  package static let wasserstein2 = EvaluationNames.wasserstein2
  package static let slicedWasserstein = EvaluationNames.slicedWasserstein
  package static let energyDistance = EvaluationNames.energyDistance
  package static let errorStart = EvaluationNames.errorStart
  package static let errorScore = EvaluationNames.errorScore
  package static let errorDiscretisation = EvaluationNames.errorDiscretisation
  package static let inversionError = EvaluationNames.inversionError
  package static let bitsPerDim = EvaluationNames.bitsPerDim
  package static let bitsPerDimODE = EvaluationNames.bitsPerDimODE
  package static let logLikelihood = EvaluationNames.logLikelihood
  package static let lossBySNR = EvaluationNames.lossBySNR
  package static let classifierFrechet = EvaluationNames.classifierFrechet
  package static let classifierFrechetInfinity = EvaluationNames.classifierFrechetInfinity
  package static let classifierKernel = EvaluationNames.classifierKernel
  package static let precision = EvaluationNames.precision
  package static let recall = EvaluationNames.recall
  package static let density = EvaluationNames.density
  package static let coverage = EvaluationNames.coverage
  package static let vendi = EvaluationNames.vendi
  package static let classifierAccuracy = EvaluationNames.classifierAccuracy
  package static let memorisation = EvaluationNames.memorisation
  package static let fid = EvaluationNames.fid
  package static let fidInfinity = EvaluationNames.fidInfinity
  package static let samplesMeasured = EvaluationNames.samplesMeasured
  package static let realMeasured = EvaluationNames.realMeasured
  package static let evaluations = "sample/evaluations"
  package static let imagesPerSecond = "speed/images_per_second"
  package static let trainingSeconds = "time/seconds"
  package static let peakMemory = "memory/peak_mib"
  package static let skippedSteps = "train/skipped_steps"
  package static let lossScale = "train/loss_scale"

  /// Measured on real images, for comparison: the metric it belongs to and what to call it.
  package static let references = [
    classAgreement: (metric: classAgreementReal, label: "real images"),
    frechet: (metric: frechetFloor, label: "real images"),
    wasserstein2: (metric: wasserstein2 + "_floor", label: "real points"),
    slicedWasserstein: (metric: slicedWasserstein + "_floor", label: "real points"),
    energyDistance: (metric: energyDistance + "_floor", label: "real points"),
    classifierFrechet: (metric: classifierFrechet + "_floor", label: "real images"),
    classifierFrechetInfinity: (
      metric: classifierFrechetInfinity + "_floor", label: "real images"
    ),
    classifierKernel: (metric: classifierKernel + "_floor", label: "real images"),
    fid: (metric: fid + "_floor", label: "real images"),
    fidInfinity: (metric: fidInfinity + "_floor", label: "real images"),
    precision: (metric: precision + "_real", label: "real images"),
    recall: (metric: recall + "_real", label: "real images"),
    density: (metric: density + "_real", label: "real images"),
    coverage: (metric: coverage + "_real", label: "real images"),
    vendi: (metric: vendi + "_real", label: "real images"),
    classifierAccuracy: (metric: classifierAccuracy + "_real", label: "real images"),
    memorisation: (metric: memorisation + "_real", label: "real images"),
  ]

  /// Whether what real images reach is of two halves of the training images, and not of held-out ones.
  package static func isBesideHalves(_ name: String) -> Bool { besideHalves.contains(name) }

  private static let besideHalves: Set = [
    classifierFrechet, classifierFrechetInfinity, classifierKernel, precision, recall, density,
    coverage, vendi, fid, fidInfinity,
  ]

  /// Measures whose intervals over samples are logged beside them.
  private static let withIntervals: Set = [
    lossBySNR, classifierFrechet, classifierFrechetInfinity, classifierKernel, precision, recall,
    density, coverage, vendi, classifierAccuracy, memorisation, bitsPerDim,
    EvaluationNames.bitsPerDimTrajectory, bitsPerDimODE, logLikelihood, fid, fidInfinity,
  ]

  /// The measure whose interval ends there: of `eval/recall_low` it is `eval/recall`; nil of others.
  package static func measure(ofBound name: String) -> String? {
    for ending in ["_low", "_high"] where name.hasSuffix(ending) {
      let measure = String(name.dropLast(ending.count))
      if withIntervals.contains(measure) || measure.hasPrefix(lossBySNR + "/") { return measure }
    }
    return nil
  }

  /// The names of the ends of a measure's interval: of `eval/recall` they are `eval/recall_low` and `eval/recall_high`; nil of
  /// what has none.
  package static func bounds(of name: String) -> (low: String, high: String)? {
    let low = name + "_low"
    return measure(ofBound: low) == name ? (low, name + "_high") : nil
  }

  /// What the variational bound is the sum of, and how exact a likelihood is.
  private static let parts: Set = [
    EvaluationNames.bitsPerDimPrior, EvaluationNames.bitsPerDimDivergences,
    EvaluationNames.bitsPerDimDecoder, EvaluationNames.bitsPerDimConstant,
    EvaluationNames.bitsPerDimWeightedError, EvaluationNames.logLikelihoodProbeError,
  ]

  /// Whether it is a loss at one log-SNR, of which the mean over all is the result, or another part of one.
  private static func isPart(_ name: String) -> Bool {
    name.hasPrefix(lossBySNR + "/") || parts.contains(name)
  }

  /// Whether it says how good a setting is.
  package static func isResult(_ name: String) -> Bool {
    name.hasPrefix("eval/") && measure(ofBound: name) == nil && !isPart(name)
      && !references.values.contains { $0.metric == name }
  }

  /// Whether it is of one layer of a network: there are hundreds of them, which lists of metrics leave out.
  package static func isOfLayer(_ name: String) -> Bool {
    name.hasPrefix("rounding/") && name.count { $0 == "/" } > 3
  }

  /// Whether its points lie along the timesteps of the noise process, and not along the training's steps.
  package static func isOverTimesteps(_ name: String) -> Bool { timestepNames.contains(name) }

  private static let timestepNames: Set = [
    EvaluationNames.boundTerm, EvaluationNames.boundWeight, EvaluationNames.boundWeightedError,
    EvaluationNames.boundConstant, EvaluationNames.boundNoiseError,
  ]

  /// Whether it says what the machine did: there a mean over runs would follow what else it was doing.
  package static func isOfTheMachine(_ name: String) -> Bool {
    ["speed/", "time/", "memory/"].contains { name.hasPrefix($0) }
  }

  /// Which way is better; nil if neither is.
  package static func goal(_ name: String, objective: Objective?) -> Objective.Goal? {
    if let objective, name == objective.metric { return objective.goal }
    switch name {
    case frechet, evalLoss, trainLoss, wasserstein2, slicedWasserstein, energyDistance,
      errorStart, errorScore, errorDiscretisation, inversionError, bitsPerDim, bitsPerDimODE,
      lossBySNR, classifierFrechet, classifierFrechetInfinity, classifierKernel, fid, fidInfinity:
      return .minimize
    case classAgreement, logLikelihood, psnr, classifierAccuracy, precision, recall, density,
      coverage:
      return .maximize
    // Copies make it large, and what is far from all data makes it small.
    case memorisation: return nil
    default:
      return name.hasPrefix(lossBySNR + "/") && measure(ofBound: name) == nil ? .minimize : nil
    }
  }

  package static func arrow(_ goal: Objective.Goal?) -> String {
    switch goal {
    case .minimize: " ↓"
    case .maximize: " ↑"
    case nil: ""
    }
  }

  /// What the axis says besides the name.
  package static func explanation(_ name: String) -> String? {
    switch name {
    case trainLoss: "loss that is trained on"
    case evalLoss: "mean squared error of what the network predicts"
    case frechet: "Fréchet distance in 64 principal components"
    case classAgreement: "share of samples nearest to their class's mean"
    case sampleVariance: "variance of the samples"
    case sampleMean: "mean of the samples"
    case withinClassVariance: "variance about each class's mean"
    case wasserstein2: "Wasserstein-2 distance to the data"
    case slicedWasserstein: "sliced Wasserstein-2 distance to the data"
    case energyDistance: "energy distance to the data"
    case errorStart: "error of the start, root mean square"
    case errorScore: "error of the network, root mean square"
    case errorDiscretisation: "error of the sampler's steps, root mean square"
    case inversionError: "error of images after inversion and back, root mean square"
    case bitsPerDim: "variational bound, bits per dimension"
    case bitsPerDimODE: "bits per dimension by the probability-flow ODE"
    case logLikelihood: "log-likelihood of an image, nats"
    case "vlb/term": "term of the variational bound, bits per dimension"
    case "vlb/weight": "weight of the noise's squared error, bits"
    case "vlb/weighted_error": "weighted squared error of the noise, bits per dimension"
    case "vlb/constant": "what the variances alone make, bits per dimension"
    case "vlb/noise_error": "mean squared error of the noise"
    case lossBySNR: "mean squared error of the noise, mean over log-SNR"
    case classifierFrechet: "Fréchet distance in a classifier's features"
    case classifierFrechetInfinity: "the same of infinitely many samples"
    case fid: "Fréchet inception distance"
    case fidInfinity: "Fréchet inception distance of infinitely many samples"
    case classifierKernel: "kernel distance in a classifier's features"
    case precision: "share of samples among real images"
    case recall: "share of real images among samples"
    case density: "real images' neighbourhoods that a sample is in"
    case coverage: "share of real images with a sample near"
    case vendi: "number of different samples in effect"
    case classifierAccuracy: "share of samples that a classifier sees right"
    case memorisation: "share of samples nearer to training images than held-out ones are"
    case evaluations: "network evaluations of a sample"
    case lossScale: "factor on the loss before the backward pass"
    default: nil
    }
  }

  /// The most telling ones first, the objective before all.
  package static func ordered(_ names: some Sequence<String>, objective: Objective) -> [String] {
    let known = [
      objective.metric, fid, classifierFrechet, frechet, classAgreement, wasserstein2,
      slicedWasserstein,
      energyDistance,
      sampleVariance, withinClassVariance, sampleMean, bitsPerDim, logLikelihood, evalLoss,
    ]
    let ranks = Dictionary(known.enumerated().map { ($1, $0) }) { first, _ in first }
    return names.map { (rank: ranks[$0] ?? known.count, name: $0) }
      .sorted { ($0.rank, $0.name) < ($1.rank, $1.name) }.map(\.name)
  }

  /// The same for charts along the training: its loss, results, the rest as it comes.
  package static func orderedForCharts(_ names: [String], objective: Objective) -> [String] {
    let found = Set(names.filter(isResult))
    let results = ordered(found, objective: objective)
    let rest = names.filter { !found.contains($0) }
    return rest.filter { $0 == trainLoss } + results + rest.filter { $0 != trainLoss }
  }
}
