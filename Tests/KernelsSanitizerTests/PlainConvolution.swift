import Kernels

/// A convolution of any kind by its definition, as the links between input pixels, output pixels and taps; with the sums
/// of magnitudes that rounding errors are measured by.
struct PlainConvolution {
  enum Kind: CaseIterable {
    case plain, oneByOne, strided, stridedUnpadded, transposed, upsampling
  }

  struct Link {
    var from, to, tap: Int
  }

  var kind: Kind
  var height, width: Int
  /// Of the images; constant ones stand behind them.
  var inputs: Int
  var constants = 0
  var outputs: Int

  var outHeight: Int { kind.doubles ? 2 * height : kind.halves ? height / 2 : height }
  var outWidth: Int { kind.doubles ? 2 * width : kind.halves ? width / 2 : width }
  var taps: Int { kind == .oneByOne ? 1 : 9 }

  func layer(in layout: inout ParameterLayout) -> Convolution {
    switch kind {
    case .plain:
      Convolution("l", from: inputs, constants: constants, to: outputs, in: &layout)
    case .oneByOne:
      Convolution("l", from: inputs, constants: constants, to: outputs, kernel: 1, in: &layout)
    case .strided:
      Convolution("l", from: inputs, constants: constants, to: outputs, stride: 2, in: &layout)
    case .stridedUnpadded:
      Convolution("l", from: inputs, to: outputs, stride: 2, padding: 0, in: &layout)
    case .transposed:
      Convolution("l", from: inputs, to: outputs, stride: 2, transposed: true, in: &layout)
    case .upsampling: Convolution(upsampling: "l", from: inputs, to: outputs, in: &layout)
    }
  }

  /// Of one image.
  func links() -> [Link] {
    let side = kind == .oneByOne ? 1 : 3
    var links: [Link] = []
    for y in 0..<(kind == .transposed ? height : outHeight) {
      for x in 0..<(kind == .transposed ? width : outWidth) {
        for tap in 0..<taps {
          let (row, column) = (tap / side, tap % side)
          switch kind {
          case .plain, .oneByOne, .strided, .stridedUnpadded:
            let (stride, pad) = (kind.halves ? 2 : 1, kind == .stridedUnpadded ? 0 : side / 2)
            let (v, u) = (y * stride + row - pad, x * stride + column - pad)
            guard (0..<height).contains(v), (0..<width).contains(u) else { continue }
            links.append(Link(from: v * width + u, to: y * outWidth + x, tap: tap))
          case .transposed:
            // Stride 2, padding 1, output padding 1.
            let (v, u) = (2 * y + row - 1, 2 * x + column - 1)
            guard (0..<outHeight).contains(v), (0..<outWidth).contains(u) else { continue }
            links.append(Link(from: y * width + x, to: v * outWidth + u, tap: tap))
          case .upsampling:
            // Each pixel twice each way, then 3×3 with padding 1.
            let (v, u) = (y + row - 1, x + column - 1)
            guard (0..<outHeight).contains(v), (0..<outWidth).contains(u) else { continue }
            links.append(Link(from: v / 2 * width + u / 2, to: y * outWidth + x, tap: tap))
          }
        }
      }
    }
    return links
  }

  /// Where weight[tap][input][output] lies among PyTorch's: (outputs, inputs, k, k), of a transposed one (inputs,
  /// outputs, k, k).
  func place(_ tap: Int, _ input: Int, _ output: Int) -> Int {
    kind == .transposed
      ? (input * outputs + output) * taps + tap
      : (output * (inputs + constants) + input) * taps + tap
  }

  struct Result {
    var output, dx, dconstants, dweight, dbias: Bounds
    /// Σ|dy| of each image and output channel.
    var doffset: Bounds
  }

  /// - Parameters:
  ///   - vector: (N, constants).
  ///   - bias: (N, outputs): what is added at each pixel of an image.
  ///   - broad: errors are those of sums of the largest value of each channel, as Winograd's transforms make them.
  ///   - unit: relative error of a sum of products.
  func callAsFunction(
    x: [Float], vector: [Float], weight: [Float], bias: [[Double]], residual: [Float]?,
    direction: [Float], count: Int, broad: Bool, unit: Double
  ) -> Result {
    let links = links()
    let (pixels, outPixels) = (height * width, outHeight * outWidth)
    let channels = inputs + constants
    // [tap][input][output]
    var w = [Double](repeating: 0, count: taps * channels * outputs)
    for tap in 0..<taps {
      for a in 0..<channels {
        for b in 0..<outputs {
          w[(tap * channels + a) * outputs + b] = Double(weight[place(tap, a, b)])
        }
      }
    }
    var y = [Double](repeating: 0, count: count * outPixels * outputs)
    var ySize = y
    var dx = [Double](repeating: 0, count: count * pixels * channels)
    var dxSize = dx
    var dw = [Double](repeating: 0, count: w.count)
    var dwSize = dw
    for n in 0..<count {
      // Rows of the image's channels and the constant ones.
      let rows = (0..<pixels).map { p in
        x[(n * pixels + p) * inputs..<(n * pixels + p + 1) * inputs].map(Double.init)
          + vector[n * constants..<(n + 1) * constants].map(Double.init)
      }
      let slopes = (0..<outPixels).map { p in
        direction[(n * outPixels + p) * outputs..<(n * outPixels + p + 1) * outputs].map(
          Double.init)
      }
      for link in links {
        let (row, slope) = (rows[link.from], slopes[link.to])
        let (to, from) = ((n * outPixels + link.to) * outputs, (n * pixels + link.from) * channels)
        for a in 0..<channels {
          let (value, at) = (row[a], (link.tap * channels + a) * outputs)
          var (sum, size) = (0.0, 0.0)
          for b in 0..<outputs {
            let product = value * w[at + b]
            y[to + b] += product
            ySize[to + b] += abs(product)
            let back = slope[b] * w[at + b]
            sum += back
            size += abs(back)
            dw[at + b] += value * slope[b]
            dwSize[at + b] += abs(value * slope[b])
          }
          dx[from + a] += sum
          dxSize[from + a] += size
        }
      }
      if broad {
        broaden(
          &ySize, rows, slopes, w, &dxSize, &dwSize, image: n, pixels: pixels, outPixels: outPixels)
      }
    }
    for i in y.indices {
      let image = i / (outPixels * outputs)
      let other = bias[image][i % outputs] + Double(residual?[i] ?? 0)
      y[i] += other
      ySize[i] += abs(bias[image][i % outputs]) + abs(Double(residual?[i] ?? 0))
    }

    // The constant channels' gradient is summed over pixels, a region at a time.
    var (own, ownSize, spread, spreadSize) = ([Double](), [Double](), [Double](), [Double]())
    for n in 0..<count {
      var (sums, sizes) = (
        [Double](repeating: 0, count: constants), [Double](repeating: 0, count: constants)
      )
      for p in 0..<pixels {
        let from = (n * pixels + p) * channels
        own += dx[from..<from + inputs]
        ownSize += dxSize[from..<from + inputs]
        for c in 0..<constants {
          sums[c] += dx[from + inputs + c]
          sizes[c] += dxSize[from + inputs + c]
        }
      }
      spread += sums
      spreadSize += sizes
    }
    var (dweight, dweightSize) = (weight.map { _ in 0.0 }, weight.map { _ in 0.0 })
    for tap in 0..<taps {
      for a in 0..<channels {
        for b in 0..<outputs {
          dweight[place(tap, a, b)] = dw[(tap * channels + a) * outputs + b]
          dweightSize[place(tap, a, b)] = dwSize[(tap * channels + a) * outputs + b]
        }
      }
    }
    var (offset, offsetSize) = (
      [Double](repeating: 0, count: count * outputs), [Double](repeating: 0, count: count * outputs)
    )
    for (i, slope) in direction.enumerated() {
      let place = i / (outPixels * outputs) * outputs + i % outputs
      offset[place] += Double(slope)
      offsetSize[place] += abs(Double(slope))
    }
    func total(_ values: [Double]) -> [Double] {
      (0..<outputs).map { b in
        (0..<count).reduce(0) { $0 + values[$1 * outputs + b] }
      }
    }
    func bounds(_ values: [Double], _ sizes: [Double]) -> Bounds {
      Bounds(values, sizes.map { $0 * unit })
    }
    return Result(
      output: bounds(y, ySize), dx: bounds(own, ownSize), dconstants: bounds(spread, spreadSize),
      dweight: bounds(dweight, dweightSize), dbias: bounds(total(offset), total(offsetSize)),
      doffset: bounds(offset, offsetSize))
  }

  /// Sizes where every pixel has the largest value that its channel has in the image.
  private func broaden(
    _ y: inout [Double], _ rows: [[Double]], _ slopes: [[Double]], _ w: [Double],
    _ dx: inout [Double], _ dw: inout [Double], image: Int, pixels: Int, outPixels: Int
  ) {
    func largest(_ rows: [[Double]], _ channel: Int) -> Double {
      rows.reduce(0) { max($0, abs($1[channel])) }
    }
    let x = (0..<inputs).map { largest(rows, $0) }
    let slope = (0..<outputs).map { largest(slopes, $0) }
    var (forward, backward) = (
      [Double](repeating: 0, count: outputs), [Double](repeating: 0, count: inputs)
    )
    for tap in 0..<taps {
      for a in 0..<inputs {
        for b in 0..<outputs {
          let size = abs(w[(tap * inputs + a) * outputs + b])
          forward[b] += size * x[a]
          backward[a] += size * slope[b]
          dw[(tap * inputs + a) * outputs + b] += Double(outPixels) * x[a] * slope[b]
        }
      }
    }
    for p in 0..<outPixels * outputs { y[image * outPixels * outputs + p] = forward[p % outputs] }
    for p in 0..<pixels * inputs { dx[image * pixels * inputs + p] = backward[p % inputs] }
  }
}

extension PlainConvolution.Kind {
  var doubles: Bool { self == .transposed || self == .upsampling }
  var halves: Bool { self == .strided || self == .stridedUnpadded }
}
