import Measures

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
