import Diffusion
import Values

/// What a run logs, as far as its settings tell before it begins.
enum LoggedMetrics {
  /// What training logs by itself; the scale of the loss with fp16 alone.
  static let trained = [
    MetricName.trainLoss, "train/learning_rate", "train/gradient_norm", MetricName.skippedSteps,
    MetricName.lossScale, MetricName.imagesPerSecond, MetricName.trainingSeconds, "time/unix",
  ]

  /// All that a run of these settings may log.
  static func names(_ values: (String) -> ParameterValue?) -> Set<String> {
    var names: Set = [
      MetricName.evaluations, "speed/samples_per_second", MetricName.peakMemory,
    ]
    if trains(values) {
      names.formUnion(trained)
      if values("training.precision")?.word != "fp16" { names.remove(MetricName.lossScale) }
      if values("evaluation.rounding.every")?.integer != nil {
        names.formUnion(RoundingNames.ofNetwork)
      }
    }
    for measure in measures(values) where isMeasured(measure, values) {
      names.formUnion([measure.name, measure.referenceName].compactMap { $0 })
      names.formUnion(measure.furtherNames)
      if measure.logsCounts { names.insert(MetricName.samplesMeasured) }
      if measure.isBesideHalves { names.insert(MetricName.realMeasured) }
      switch measure {
      case .errorParts:
        names.formUnion([MetricName.errorStart, MetricName.errorScore])
      case .wasserstein2 where !isExact(values):
        // Where it is not exact it is logged as what it is: in one dimension alone it is.
        let sliced = EvaluationSettings.Metric.slicedWasserstein
        names.formUnion([sliced.name, sliced.referenceName].compactMap { $0 })
        if isInPlane(values) { names.subtract([measure.name, measure.referenceName ?? ""]) }
      default: break
      }
    }
    return names
  }

  /// What decides in a file that does not say: the first of these that is measured.
  static func standardObjective(_ values: (String) -> ParameterValue?) -> String? {
    let order: [EvaluationSettings.Metric] = [
      .fid, .frechetPCA64, .classifierFrechet, .wasserstein2, .slicedWasserstein, .energyDistance,
      .loss,
      .sampleVariance,
      .sampleMean, .withinClassVariance, .inversionError, .errorParts, .classAgreement,
      .bitsPerDim, .logLikelihood,
      .classifierKernel, .lossBySNR, .recall, .coverage, .density, .precision,
      .classifierAccuracy, .vendi, .memorisation, .psnr,
    ]
    let measured = Set(measures(values).filter { isMeasured($0, values) })
    if let first = order.first(where: measured.contains) {
      return first == .wasserstein2 && !isExact(values)
        ? EvaluationSettings.Metric.slicedWasserstein.name : first.name
    }
    return trains(values) ? MetricName.trainLoss : nil
  }

  /// Why a measure that is asked for is not made; nil where it is.
  static func obstacle(
    _ measure: EvaluationSettings.Metric, _ values: (String) -> ParameterValue?
  ) -> (reason: String, hint: String)? {
    switch measure {
    case .psnr:
      guard let kind = values("conditioning.kind")?.word, kind != "image" else { return nil }
      return (
        "psnr is of images that are restored, but conditioning.kind is \(kind)",
        "set conditioning: {kind: image}"
      )
    case .classAgreement, .withinClassVariance, .classifierAccuracy:
      guard values("conditioning.kind")?.word == "none",
        (values("sampling.classifier_guidance")?.number ?? 0) == 0
      else { return nil }
      return (
        "\(measure.rawValue) is of samples of known class, but conditioning.kind is none",
        "set conditioning.kind: class"
      )
    case .loss, .lossBySNR:
      guard isClosedForm(values) else { return nil }
      return (
        "\(measure.rawValue) is a network's, but the architecture is exact",
        "measure sample-variance or wasserstein2"
      )
    case .errorParts, .inversionError:
      guard let word = values("sampling.sampler")?.word,
        let sampler = SamplingSettings.Sampler(rawValue: word)
      else { return nil }
      var settings = SamplingSettings(sampler: sampler)
      settings.eta = values("sampling.eta")?.number ?? 0
      settings.churn = values("sampling.churn")?.number ?? 0
      guard !sampler.isDeterministic(settings) else { return nil }
      return (
        "\(measure.rawValue) is of samplers that add no noise, and \(word) adds some",
        "take a sampler such as ddim, heun or dpmpp-2m"
      )
    case .bitsPerDim, .logLikelihood:
      return measure.likelihoodObstacle(
        likelihoodData(values), process: values("diffusion.process")?.word ?? "vp",
        isExact: isClosedForm(values))
    default: return nil
    }
  }

  private static func likelihoodData(_ values: (String) -> ParameterValue?) -> LikelihoodData {
    switch values("data.source")?.word {
    case "shapes": .drawnImages
    case "gaussian": values("data.variance")?.number == 0 ? .degenerate : .density
    case "mixture": values("data.deviation")?.number == 0 ? .degenerate : .density
    default: .other
    }
  }

  private static func isMeasured(
    _ measure: EvaluationSettings.Metric, _ values: (String) -> ParameterValue?
  ) -> Bool { obstacle(measure, values) == nil }

  private static func measures(
    _ values: (String) -> ParameterValue?
  ) -> [EvaluationSettings.Metric] {
    guard case .list(let words)? = values("evaluation.metrics") else { return [] }
    return words.compactMap { $0.word.flatMap(EvaluationSettings.Metric.init(rawValue:)) }
  }

  private static func isClosedForm(_ values: (String) -> ParameterValue?) -> Bool {
    ["exact", "exact-gaussian"].contains(values("model.architecture")?.word)
  }

  private static func trains(_ values: (String) -> ParameterValue?) -> Bool {
    if isClosedForm(values) { return false }
    return values("training.steps")?.number.map { $0 > 0 } ?? true
  }

  /// Whether the data are known to have more than one dimension.
  private static func isInPlane(_ values: (String) -> ParameterValue?) -> Bool {
    switch values("data.source")?.word {
    case "gaussian": return false
    case "mixture": return !isExact(values)
    case "points": return values("data.path")?.word == nil
    default: return true
    }
  }

  /// Whether the Wasserstein distance of the data is: of Gaussians, and in one dimension.
  private static func isExact(_ values: (String) -> ParameterValue?) -> Bool {
    switch values("data.source")?.word {
    case "gaussian": return true
    case "mixture":
      guard case .list(let means)? = values("data.means"), case .list(let first)? = means.first
      else { return false }
      return first.count == 1
    default: return false
    }
  }
}
