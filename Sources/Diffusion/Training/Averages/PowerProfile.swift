import Foundation

/// How much the weights of each update count in an average whose window grows with the training: as the power γ of
/// their time (Karras et al. 2024, "Analyzing and Improving the Training Dynamics of Diffusion Models", section 3.1).
///
/// θ̄(t) = β(t)·θ̄(t−1) + (1 − β(t))·θ(t) with β(t) = (1 − 1/t)^{γ+1}, t counting updates from 1 (equation 3).
public struct PowerProfile: Sendable, Hashable {
  /// Widths that there are: below that of γ = 0, which counts all weights alike.
  public static let widths = 0.001...0.28

  /// σ_rel: the standard deviation of the profile, as a share of the training so far.
  public let width: Double
  /// γ.
  public let exponent: Double

  /// - Parameter width: in ``widths``.
  public init(width: Double) {
    precondition(Self.widths.contains(width), "a width lies in \(Self.widths)")
    self.width = width
    exponent = Self.exponent(ofWidth: width)
  }

  /// (γ + 1)^{1/2} (γ + 2)^{-1} (γ + 3)^{-1/2} (ibid., below equation 3).
  static func width(ofExponent gamma: Double) -> Double {
    ((gamma + 1) / (gamma + 3)).squareRoot() / (gamma + 2)
  }

  /// The γ of a width, which falls as γ rises.
  private static func exponent(ofWidth width: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    while Self.width(ofExponent: high) > width { high *= 2 }
    for _ in 0..<200 where low < high {
      let middle = (low + high) / 2
      if Self.width(ofExponent: middle) > width { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// 1 − β(t): what the weights of an update count in the average that it makes.
  /// - Parameter update: t, from 1.
  func share(at update: Int) -> Double {
    // Of 1/t near 0 the difference loses nothing so.
    update == 1 ? 1 : -expm1((exponent + 1) * log1p(-1 / Double(update)))
  }
}
