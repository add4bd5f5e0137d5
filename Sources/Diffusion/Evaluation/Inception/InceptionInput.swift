private import Images
import Kernels

/// How a picture comes to the side of 299 pixels and the range that ``InceptionNetwork`` takes: the two programs that people
/// compute the FID with do it in two ways, and their values differ by it, the more the smaller the pictures are.
public enum InceptionInput: String, Sendable, Hashable, Codable, CaseIterable {
  /// b/255 by bilinear interpolation between pixels' centres (`align_corners=False`), 2x − 1: pytorch-fid.
  case pytorchFID = "pytorch-fid"
  /// b by the bilinear interpolation of TensorFlow 1, which puts pixel i of the output at i·(side/299), (x − 128)/128:
  /// torch-fidelity, and the program that the distance was published with.
  case torchFidelity = "torch-fidelity"
}

extension InceptionInput {
  /// What the network sees of a picture in bytes, so of what is in its PNG file.
  ///
  /// - Parameters:
  ///   - values: (height, width, channels) in [−1, 1], finite; of one channel or three.
  ///   - side: of what comes out.
  /// - Returns: (side, side, 3).
  func prepared(
    _ values: some RandomAccessCollection<Float>, height: Int, width: Int, channels: Int,
    side: Int = InceptionNetwork.side
  ) -> FeatureMap {
    precondition(values.count == height * width * channels && [1, 3].contains(channels))
    let scale: Float = self == .pytorchFID ? 255 : 1
    let bytes = values.map { Float(Image.pixel($0)) / scale }
    let rows = places(height, side)
    let columns = places(width, side)
    var result: [Float] = []
    result.reserveCapacity(side * side * 3)
    for row in rows {
      for column in columns {
        for c in 0..<3 {
          func pixel(_ y: Int, _ x: Int) -> Float {
            bytes[(y * width + x) * channels + min(c, channels - 1)]
          }
          let first = mixed(
            pixel(row.before, column.before), pixel(row.before, column.after), column.share)
          let second = mixed(
            pixel(row.after, column.before), pixel(row.after, column.after), column.share)
          result.append(ranged(mixed(first, second, row.share)))
        }
      }
    }
    return FeatureMap(height: side, width: side, channels: 3, values: result)
  }

  private func ranged(_ value: Float) -> Float {
    switch self {
    case .pytorchFID: 2 * value - 1
    case .torchFidelity: (value - 128) / 128
    }
  }

  /// a at a share of 0, b at 1.
  private func mixed(_ a: Float, _ b: Float, _ share: Float) -> Float {
    switch self {
    case .pytorchFID: (1 - share) * a + share * b
    case .torchFidelity: a + (b - a) * share
    }
  }

  /// Between which two pixels of a line each pixel of the output lies, and how far along.
  private func places(_ count: Int, _ side: Int) -> [(before: Int, after: Int, share: Float)] {
    let scale = Float(count) / Float(side)
    return (0..<side).map { i in
      let place =
        switch self {
        case .pytorchFID: max(scale * (Float(i) + 0.5) - 0.5, 0)
        case .torchFidelity: Float(i) * scale
        }
      let before = min(Int(place), count - 1)
      return (before, min(before + 1, count - 1), place - Float(before))
    }
  }
}
