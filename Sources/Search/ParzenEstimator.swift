import Foundation

/// A density over one group of dimensions, estimated from points that were seen there.
///
/// p(x) = (1 + n)⁻¹ · (1 + Σᵢ Πd k_d(x_d | x_i,d)), relative to the distributions that the points
/// are drawn from: the 1 is that prior itself, so that no corner is ever ruled out. In u of
/// `Distribution` a number's kernel is a normal one cut off at 0 and 1, its mass over the value's
/// interval for whole numbers; so each parameter is compared on its own scale (Bergstra et al.
/// 2011). A product of kernels keeps what goes together together (Falkner et al. 2018). A choice
/// has the observed value with weight 1 + 1/n and any other with 1/n.
struct ParzenEstimator {
  private let dimensions: [Distribution]
  /// [point][dimension]: the kernel's centre in u, or the index of a choice.
  private let centres: [[Double]]
  /// [point][dimension]: 1 / the mass that the cut-off kernel has within (0, 1).
  private let scales: [[Double]]
  /// Standard deviation of the kernels, in u.
  private let width: Double

  /// - Parameters:
  ///   - points: values of the dimensions, in their order.
  ///   - width: standard deviation of the kernels, in u.
  init(_ dimensions: [Distribution], points: [[Double]], width: Double) {
    self.dimensions = dimensions
    let centres = points.map { point in
      zip(dimensions, point).map { dimension, value in
        guard dimension.isOrdered else { return value }
        let (lower, upper) = dimension.interval(value)
        return min(max((lower + upper) / 2, 0), 1)
      }
    }
    scales = centres.map { centre in
      dimensions.indices.map { d in
        guard dimensions[d].isOrdered else { return 1 }
        return 1 / NormalDistribution.mass(-centre[d] / width, (1 - centre[d]) / width)
      }
    }
    self.centres = centres
    self.width = width
  }

  /// Scott's rule h·n^(−1/(d+4)), with h about a tenth of the range: measured on Branin's and
  /// Hartmann's functions, where anything from 0.09 to 0.15 does as well.
  static func width(count: Int, dimensions: Int) -> Double {
    0.11 * pow(Double(max(count, 1)), -1 / (Double(dimensions) + 4))
  }

  /// log p(x) relative to the prior.
  func logDensity(_ point: [Double]) -> Double {
    var sum = 1.0
    let units = zip(dimensions, point).map { $0.isOrdered ? $0.interval($1) : ($1, $1) }
    let smoothing = 1 / Double(max(centres.count, 1))
    for index in centres.indices {
      var product = 1.0
      for d in dimensions.indices {
        let centre = centres[index][d]
        if case .choice(let count) = dimensions[d] {
          let weight = (centre == point[d] ? 1 : 0) + smoothing
          product *= weight / (1 + Double(count) * smoothing) * Double(count)
          continue
        }
        let (lower, upper) = units[d]
        if upper > lower {
          product *=
            NormalDistribution.mass((lower - centre) / width, (upper - centre) / width)
            / (upper - lower) * scales[index][d]
        } else {
          let z = (lower - centre) / width
          product *= exp(-0.5 * z * z) / (width * 2.5066282746310002) * scales[index][d]
        }
      }
      sum += product
    }
    return log(sum / Double(centres.count + 1))
  }

  /// A point drawn from the density.
  /// - Parameter uniform: the next uniform number of (0, 1).
  func draw(_ uniform: () -> Double) -> [Double] {
    let component = Int(uniform() * Double(centres.count + 1))
    return dimensions.indices.map { d in
      let u = uniform()
      guard component < centres.count else { return dimensions[d].quantile(u) }
      let centre = centres[component][d]
      if case .choice(let count) = dimensions[d] {
        let smoothing = 1 / Double(centres.count)
        let total = 1 + Double(count) * smoothing
        // The observed one first, then the prior's share.
        return u * total < 1 ? centre : Double(min(Int((u * total - 1) / smoothing), count - 1))
      }
      let low = NormalDistribution.cumulative(-centre / width)
      let high = NormalDistribution.cumulative((1 - centre) / width)
      let z = NormalDistribution.quantile(low + u * (high - low))
      return dimensions[d].quantile(min(max(centre + width * z, 0x1p-53), 1 - 0x1p-53))
    }
  }
}
