/// What there is to know of data before any is asked for its likelihood.
package enum LikelihoodData: Sendable {
  /// Images drawn as real numbers.
  case drawnImages
  /// Distributed with a density that is known.
  case density
  /// The same without variance.
  case degenerate
  case other
}

extension EvaluationSettings.Metric {
  /// Why a likelihood that is asked for is not measured; nil where it is, and of other measures.
  ///
  /// - Parameters:
  ///   - process: the word of the experiment file.
  ///   - isExact: whether the denoiser is a closed form.
  package func likelihoodObstacle(
    _ data: LikelihoodData, process: String, isExact: Bool
  ) -> (reason: String, hint: String)? {
    guard [.bitsPerDim, .logLikelihood].contains(self) else { return nil }
    if data == .drawnImages {
      return (
        "\(rawValue) is of 8-bit images or of vectors, and shapes are drawn as real numbers",
        "take images of files, or gaussian, mixture or points"
      )
    }
    if self == .bitsPerDim {
      return process == "vp"
        ? nil
        : (
          "bits-per-dim is a sum over the steps of the process vp, and diffusion.process is \(process)",
          "measure log-likelihood, which any process has"
        )
    }
    guard isExact else { return nil }
    return switch data {
    case .density: nil
    case .degenerate:
      (
        "log-likelihood needs a density, and data without variance have none",
        "give the data some variance"
      )
    case .drawnImages, .other:
      (
        "log-likelihood needs a density, and the exact denoiser of a set of points has none",
        "take gaussian or mixture, or train a network"
      )
    }
  }
}

extension RunSettings {
  /// Why a likelihood that is asked for is not measured; nil where it is, and of other measures.
  ///
  /// What only the data themselves tell is looked at by ``checkLikelihood(of:)``.
  func likelihoodObstacle(_ metric: EvaluationSettings.Metric) -> (reason: String, hint: String)? {
    let kind: LikelihoodData =
      switch data.source {
      case .shapes: .drawnImages
      case .gaussian(let variance, _): variance > 0 ? .density : .degenerate
      case .mixture(_, let deviation, _): deviation > 0 ? .density : .degenerate
      default: .other
      }
    return metric.likelihoodObstacle(
      kind, process: diffusion.process.kind, isExact: model.architecture.isExact)
  }

  /// - Throws: `DiffusionError(.badInput)` where a likelihood is asked for of images that are not 8-bit.
  func checkLikelihood(of heldOut: DataSet) throws(DiffusionError) {
    let asked = evaluation.metrics.first {
      [.bitsPerDim, .logLikelihood].contains($0) && likelihoodObstacle($0) == nil
    }
    guard let asked, heldOut.isImage, !heldOut.isOfBytes else { return }
    throw DiffusionError(
      .badInput,
      "evaluation.metrics has \(asked.rawValue), which of images is the likelihood of 8-bit values; \(heldOut.name) has "
        + "images of real numbers, whose density has no bound: store them as bytes, or leave it out"
    )
  }
}
