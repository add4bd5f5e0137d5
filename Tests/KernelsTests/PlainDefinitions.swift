import Foundation

/// The operations as their definitions say, in double, loop by loop: what the fast kernels are checked against.
enum Plain {
  /// x (N, H, W, a), PyTorch's weight (b, a, k, k) → (N, H/s, W/s, b)
  static func convolution(
    _ x: [Double], count: Int, height: Int, width: Int, a: Int, weight: [Double], bias: [Double],
    b: Int, kernel: Int, stride: Int, padding: Int? = nil
  ) -> [Double] {
    let (outHeight, outWidth, pad) = (height / stride, width / stride, padding ?? kernel / 2)
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

  /// (N, H, W, C) → (N, 2H, 2W, C): each pixel four times.
  static func repeated(
    _ x: [Double], count: Int, height: Int, width: Int, channels: Int
  ) -> [Double] {
    (0..<(count * 4 * height * width)).flatMap { p in
      let (column, row, n) = (
        p % (2 * width), p / (2 * width) % (2 * height), p / (4 * height * width)
      )
      let from = ((n * height + row / 2) * width + column / 2) * channels
      return x[from..<(from + channels)]
    }
  }

  /// SiLU of the group-normalised x (N, pixels, channels), plus a bias (N, channels).
  static func groupNormSiLU(
    _ x: [Double], count: Int, pixels: Int, channels: Int, groups: Int, gamma: [Double],
    beta: [Double], bias: [Double], activates: Bool = true
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
          y[place] = (activates ? silu(z) : z) + bias[n * channels + c]
        }
      }
    }
    return y
  }

  static func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }

  /// softmax(q·kᵀ/√d)·v over the pixels of each image, in heads of d = channels/heads channels side by side.
  static func attention(
    q: [Double], k: [Double], v: [Double], count: Int, pixels: Int, channels: Int, heads: Int
  ) -> [Double] {
    var y = [Double](repeating: 0, count: q.count)
    let size = channels / heads
    for n in 0..<count {
      for h in 0..<heads {
        func place(_ p: Int, _ c: Int) -> Int { (n * pixels + p) * channels + h * size + c }
        for i in 0..<pixels {
          let scores = (0..<pixels).map { j in
            (0..<size).reduce(0.0) { $0 + q[place(i, $1)] * k[place(j, $1)] }
              / Double(size).squareRoot()
          }
          let top = scores.max() ?? 0
          let weights = scores.map { exp($0 - top) }
          let total = weights.reduce(0, +)
          for c in 0..<size {
            y[place(i, c)] =
              (0..<pixels).reduce(0.0) { $0 + weights[$1] * v[place($1, c)] } / total
          }
        }
      }
    }
    return y
  }

  /// ∂(Σ attention·dout)/∂q, ∂k and ∂v: with P = softmax(S), dV = Pᵀ·dO, dP = dO·Vᵀ, dS = P∘(dP − rowsum(P∘dP)),
  /// dQ = dS·K/√d, dK = dSᵀ·Q/√d.
  static func attentionBackward(
    q: [Double], k: [Double], v: [Double], dout: [Double], count: Int, pixels: Int, channels: Int,
    heads: Int
  ) -> [[Double]] {
    var (dq, dk, dv) = (q.map { _ in 0.0 }, q.map { _ in 0.0 }, q.map { _ in 0.0 })
    let size = channels / heads
    let scale = 1 / Double(size).squareRoot()
    for n in 0..<count {
      for h in 0..<heads {
        func place(_ p: Int, _ c: Int) -> Int { (n * pixels + p) * channels + h * size + c }
        func product(_ a: [Double], _ i: Int, _ b: [Double], _ j: Int) -> Double {
          (0..<size).reduce(0.0) { $0 + a[place(i, $1)] * b[place(j, $1)] }
        }
        for i in 0..<pixels {
          let scores = (0..<pixels).map { product(q, i, k, $0) * scale }
          let top = scores.max() ?? 0
          let weights = scores.map { exp($0 - top) }
          let total = weights.reduce(0, +)
          let slopes = (0..<pixels).map { product(dout, i, v, $0) }
          let mean = zip(weights, slopes).reduce(0) { $0 + $1.0 * $1.1 } / total
          for j in 0..<pixels {
            let probability = weights[j] / total
            let score = probability * (slopes[j] - mean) * scale
            for c in 0..<size {
              dv[place(j, c)] += probability * dout[place(i, c)]
              dq[place(i, c)] += score * k[place(j, c)]
              dk[place(j, c)] += score * q[place(i, c)]
            }
          }
        }
      }
    }
    return [dq, dk, dv]
  }
}
