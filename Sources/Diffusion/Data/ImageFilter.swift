#if canImport(Darwin)
  private import Darwin
#else
  private import Glibc
#endif

/// What one output pixel is made of along one axis.
struct FilterTap {
  var first: Int
  /// Their sum is 1.
  var weights: [Double]
}

extension DataSettings.Filter {
  /// The weights of each of `to` pixels along an axis of `from`, with antialias: where the image gets smaller, the
  /// filter gets wider by the same factor. Pixel centres lie at ½; what lies outside is left out.
  ///
  /// `area` is an average of the area where the image gets smaller, and bilinear where it gets larger.
  func taps(from: Int, to: Int) -> [FilterTap] {
    let ratio = Double(from) / Double(to)
    let stretch = max(1, ratio)
    let reach = support * stretch
    return (0..<to).map { out in
      let centre = (Double(out) + 0.5) * ratio
      let first = max(0, Int(centre - reach + 0.5))
      let last = min(from, Int(centre + reach + 0.5))
      var weights = (first..<last).map { pixel in
        weight((Double(pixel) - centre + 0.5) / stretch)
      }
      let sum = weights.reduce(0, +)
      if sum != 0 { weights = weights.map { $0 / sum } }
      return FilterTap(first: first, weights: weights)
    }
  }

  /// How far from the centre it reaches, in pixels of an unchanged image.
  private var support: Double {
    switch self {
    case .area, .box: 0.5
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// At a distance from the centre.
  private func weight(_ x: Double) -> Double {
    let far = abs(x)
    switch self {
    case .area, .box: return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bilinear: return max(0, 1 - far)
    case .bicubic:
      // Keys 1981, a = −½.
      if far < 1 { return (1.5 * far - 2.5) * far * far + 1 }
      return far < 2 ? ((-0.5 * far + 2.5) * far - 4) * far + 2 : 0
    case .lanczos: return far < 3 ? Self.sinc(far) * Self.sinc(far / 3) : 0
    }
  }

  /// sin(πx)/(πx)
  private static func sinc(_ x: Double) -> Double {
    x == 0 ? 1 : sin(Double.pi * x) / (Double.pi * x)
  }
}
