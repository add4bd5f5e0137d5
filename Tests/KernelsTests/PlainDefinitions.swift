import Foundation

/// The operations as their definitions say, in double, loop by loop: what the fast kernels are checked against.
enum Plain {
  /// x (N, H, W, a), PyTorch's weight (b, a, k, k) → (N, H/s, W/s, b)
  static func convolution(
    _ x: [Double], count: Int, height: Int, width: Int, a: Int, weight: [Double], bias: [Double],
    b: Int, kernel: Int, stride: Int
  ) -> [Double] {
    let (outHeight, outWidth, pad) = (height / stride, width / stride, kernel / 2)
    var y = [Double](repeating: 0, count: count * outHeight * outWidth * b)
    for n in 0..<count {
      for i in 0..<outHeight {
        for j in 0..<outWidth {
          for o in 0..<b {
            var sum = bias[o]
            for ky in 0..<kernel {
              for kx in 0..<kernel {
                let (row, column) = (i * stride + ky - pad, j * stride + kx - pad)
                guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                for c in 0..<a {
                  sum +=
                    x[((n * height + row) * width + column) * a + c]
                    * weight[((o * a + c) * kernel + ky) * kernel + kx]
                }
              }
            }
            y[((n * outHeight + i) * outWidth + j) * b + o] = sum
          }
        }
      }
    }
    return y
  }

  /// x (N, H, W, b), PyTorch's weight (b, a, 3, 3) → (N, 2H, 2W, a): stride 2, padding 1, output padding 1.
  static func transposedConvolution(
    _ x: [Double], count: Int, height: Int, width: Int, b: Int, weight: [Double], bias: [Double],
    a: Int, stride: Int
  ) -> [Double] {
    let (outHeight, outWidth) = (height * stride, width * stride)
    var y = [Double](repeating: 0, count: count * outHeight * outWidth * a)
    for p in 0..<(count * outHeight * outWidth) { for c in 0..<a { y[p * a + c] = bias[c] } }
    for n in 0..<count {
      for i in 0..<height {
        for j in 0..<width {
          for ky in 0..<3 {
            for kx in 0..<3 {
              let (row, column) = (i * stride + ky - 1, j * stride + kx - 1)
              guard (0..<outHeight).contains(row), (0..<outWidth).contains(column) else { continue }
              for o in 0..<b {
                for c in 0..<a {
                  y[((n * outHeight + row) * outWidth + column) * a + c] +=
                    x[((n * height + i) * width + j) * b + o]
                    * weight[((o * a + c) * 3 + ky) * 3 + kx]
                }
              }
            }
          }
        }
      }
    }
    return y
  }

  /// SiLU of the group-normalised x (N, pixels, channels), plus a bias (N, channels).
  static func groupNormSiLU(
    _ x: [Double], count: Int, pixels: Int, channels: Int, groups: Int, gamma: [Double],
    beta: [Double], bias: [Double]
  ) -> [Double] {
    var y = x
    let width = channels / groups
    for n in 0..<count {
      for g in 0..<groups {
        let places = (0..<pixels).flatMap { p in
          (g * width..<(g + 1) * width).map { (n * pixels + p) * channels + $0 }
        }
        let mean = places.reduce(0) { $0 + x[$1] } / Double(places.count)
        let variance =
          places.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / Double(places.count)
        for place in places {
          let c = place % channels
          let z = (x[place] - mean) / (variance + 1e-5).squareRoot() * gamma[c] + beta[c]
          y[place] = silu(z) + bias[n * channels + c]
        }
      }
    }
    return y
  }

  static func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }
}
