import Diffusion
import Values

/// What moments of samples truly are, where the settings say how the data are distributed.
enum TrueMoments {
  /// Metrics of which that may be known.
  static let metrics = [
    MetricName.sampleVariance, MetricName.sampleMean, MetricName.withinClassVariance,
  ]

  /// Settings that say it.
  static let paths = [
    "data.variance", "data.source.variance", "data.mean", "data.source", "data.means",
    "data.deviation", "data.weights", "conditioning.kind",
  ]

  /// The true value of a metric; nil where it is not known.
  ///
  /// - Parameter value: of a setting.
  static func value(
    _ metric: String, _ value: (_ path: String) throws -> ParameterValue?
  ) rethrows -> Double? {
    guard metrics.contains(metric) else { return nil }
    if metric == MetricName.sampleVariance {
      for path in ["data.variance", "data.source.variance"] {
        if let variance = try value(path)?.number { return variance }
      }
    }
    switch try value("data.source")?.word {
    case "gaussian": return metric == MetricName.sampleMean ? try value("data.mean")?.number : nil
    case "mixture":
      guard let mixture = try mixture(value) else { return nil }
      func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
      return switch metric {
      case MetricName.sampleMean: mean(mixture.mean)
      case MetricName.sampleVariance: mean(mixture.variance)
      default: mixture.deviation * mixture.deviation
      }
    default: return nil
    }
  }

  private static func mixture(
    _ value: (_ path: String) throws -> ParameterValue?
  ) rethrows -> MixtureParameters? {
    func numbers(_ value: ParameterValue?) -> [Double]? {
      guard case .list(let items)? = value else { return nil }
      let numbers = items.compactMap(\.number)
      return numbers.count == items.count ? numbers : nil
    }
    var means: [[Double]]?
    if case .list(let items)? = try value("data.means") {
      means = items.compactMap(numbers)
      guard means?.count == items.count else { return nil }
    }
    // Samples of a conditional network are of each class alike, whatever the data's weights.
    let isConditional = try value("conditioning.kind")?.word == "class"
    let weights = isConditional ? nil : numbers(try value("data.weights"))
    let deviation = try value("data.deviation")?.number ?? MixtureParameters.ring.deviation
    return try? MixtureParameters(means: means, deviation: deviation, weights: weights)
  }
}
