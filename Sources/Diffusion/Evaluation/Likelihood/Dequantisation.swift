import Foundation
import Kernels

/// Bytes as continuous values: each is spread evenly over its bin, b/127.5 − 1 + (u − ½)/127.5 with u uniform in (0, 1)
/// (Theis 2016, section 3.1).
///
/// A density of what comes out bounds the probability of the bytes: by Jensen's inequality ln P(b) ≥ E_u ln p(x) +
/// D·ln(2/255), the logarithm of the bins' volume.
enum Dequantisation {
  /// The width of a bin of values in [−1, 1].
  static let binWidth = 2.0 / 255

  /// - Parameters:
  ///   - image: (D), values of bytes in [−1, 1].
  ///   - index: the image's place, which says what noise it gets.
  static func dequantised(_ image: [Double], index: Int) -> [Double] {
    let u = CounterRandom(seed: 0).uniforms(
      count: image.count, image: index, step: 0, purpose: .dequantisation)
    return zip(image, u).map { $0 + (Double($1) - 0.5) * binWidth }
  }

  /// ln of the bins' volume, in nats: added to the log-density of dequantised bytes it bounds their log-probability.
  static func logVolume(elements: Int) -> Double { Double(elements) * log(binWidth) }
}
