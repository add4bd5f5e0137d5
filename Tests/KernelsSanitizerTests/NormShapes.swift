import Foundation
import Kernels
import Testing

/// Group norm: with and without SiLU, with a vector added, with scale and shift of each image's own.
@Suite struct NormShapes {
  private enum Kind: CaseIterable {
    case bare, activated, biased, modulated
  }

  /// Rounding errors of a few operations on values of the sizes below, and 2.2e-7 of an exponential.
  private static let unit = 2e-6

  @Test(arguments: Drawing.rounds(150)) func groupNorm(round: Int) {
    var drawing = Drawing(3, round: round)
    var layout = ParameterLayout()
    let groups = drawing.one(of: [1, 2, 3, 4, 5, 8, 16, 27, 32])
    let channels = groups * drawing.one(of: [1, 2, 3, 4, 5, 7, 9, 65])
    let layer = GroupNorm("n", groups: groups, channels: channels, in: &layout)
    let shape = Shape(
      count: drawing.integer(1...3), height: drawing.integer(1...5), width: drawing.integer(1...6),
      channels: channels)
    let kind = drawing.one(of: Kind.allCases)
    let (centre, spread) = drawing.one(
      of: [(0, 1), (3, 2), (100, 1), (0, 1e15), (0, 1e30), (0, 1e-15), (1, 0), (0, 0)]
        as [(Float, Float)])
    let x = drawing.normals(shape.elements).map { centre + spread * $0 }
    let gamma = drawing.normals(channels)
    let beta = drawing.normals(channels)
    let vector = Shape(
      count: shape.count, channels: kind == .modulated ? 2 * channels : channels)
    let added = drawing.normals(vector.elements)
    let slopes = drawing.one(of: [Values.normal, .tiny, .huge, .zero])
    let direction = drawing.values(shape.elements, slopes, .fp32)

    var values = [Float](repeating: 0, count: layout.count)
    values.replaceSubrange(layer.weight.range, with: gamma)
    values.replaceSubrange(layer.bias.range, with: beta)
    var inputs: [(shape: Shape, values: [Float])] = [(shape, x)]
    if kind == .biased || kind == .modulated { inputs.append((vector, added)) }
    let operation = Operation(
      name: "\(kind) norm of \(shape), \(groups) groups, \(centre) ± \(spread), \(slopes) slopes",
      layout: layout, values: values, inputs: inputs
    ) { tape, x in
      switch kind {
      case .bare: tape.groupNorm(x[0], layer)
      case .activated: tape.groupNormSiLU(x[0], layer)
      case .biased: tape.groupNormSiLU(x[0], layer, adding: x[1])
      case .modulated: tape.groupNormSiLU(x[0], layer, modulation: x[1])
      }
    }
    let plain = Plain(
      shape: shape, groups: groups, epsilon: Double(layer.epsilon), activates: kind != .bare,
      gamma: gamma.map(Double.init), beta: beta.map(Double.init),
      bias: kind == .biased ? added.map(Double.init) : nil,
      modulation: kind == .modulated ? added.map(Double.init) : nil)
    let result = plain(x.map(Double.init), direction.map(Double.init), unit: Self.unit)
    var parameters = Bounds(
      [Double](repeating: 0, count: layout.count), [Double](repeating: 0, count: layout.count))
    for (parameter, bounds) in [(layer.weight, result.dgamma), (layer.bias, result.dbeta)] {
      parameters.values.replaceSubrange(parameter.range, with: bounds.values)
      parameters.errors.replaceSubrange(parameter.range, with: bounds.errors)
    }
    let gradients = [result.dx] + (inputs.count > 1 ? [result.dadded] : [])
    operation.check(&drawing, .fp32, direction: direction) { _ in
      (result.output, gradients, parameters)
    }
  }

  /// The definition, forward and backward, beside the sizes of what is added up.
  private struct Plain {
    var shape: Shape
    var groups: Int
    var epsilon: Double
    var activates: Bool
    var gamma, beta: [Double]
    var bias, modulation: [Double]?

    func callAsFunction(_ x: [Double], _ dy: [Double], unit: Double) -> (
      output: Bounds, dx: Bounds, dgamma: Bounds, dbeta: Bounds, dadded: Bounds
    ) {
      let (channels, pixels, width) = (shape.channels, shape.pixels, shape.channels / groups)
      let zeros = x.map { _ in 0.0 }
      var (y, ySize, dx, dxSize) = (zeros, zeros, zeros, zeros)
      let none = [Double](repeating: 0, count: channels)
      var (dgamma, dgammaSize, dbeta, dbetaSize) = (none, none, none, none)
      var dadded = [Double](
        repeating: 0, count: shape.count * channels * (modulation == nil ? 1 : 2))
      var daddedSize = dadded
      for n in 0..<shape.count {
        for group in 0..<groups {
          let own = group * width..<(group + 1) * width
          func places(_ c: Int) -> [Int] { (0..<pixels).map { (n * pixels + $0) * channels + c } }
          let all = own.flatMap(places)
          let count = Double(all.count)
          let mean = all.reduce(0) { $0 + x[$1] } / count
          let variance = all.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / count
          let inverse = 1 / (variance + epsilon).squareRoot()
          // Σ γ·dz, Σ γ·dz·(x − mean) and their sizes.
          var (s, q, sSize, qSize) = (0.0, 0.0, 0.0, 0.0)
          var (dz, dzSize) = ([Int: Double](), [Int: Double]())
          for c in own {
            let (factor, shift) = affine(n, c)
            let scale = inverse * gamma[c] * factor
            for i in places(c) {
              let z = (x[i] - mean) * scale + beta[c] * factor + shift
              let size = (abs(x[i]) + abs(mean)) * abs(scale) + abs(beta[c] * factor) + abs(shift)
              let added = bias?[n * channels + c] ?? 0
              let sigmoid = 1 / (1 + exp(-z))
              y[i] = (activates ? z * sigmoid : z) + added
              ySize[i] = size + abs(added)
              dz[i] = activates ? dy[i] * (sigmoid + z * sigmoid * (1 - sigmoid)) : dy[i]
              dzSize[i] = abs(dy[i]) * (activates ? 1.1 + size : 1)
              let (above, aboveSize) = (x[i] - mean, abs(x[i]) + abs(mean))
              let g = gamma[c] * factor
              s += g * dz[i]!
              q += g * dz[i]! * above
              sSize += abs(g) * dzSize[i]!
              qSize += abs(g) * dzSize[i]! * aboveSize
              if let modulation {
                let place = n * 2 * channels + c
                let normal = above * inverse
                dadded[place] += dz[i]! * (normal * gamma[c] + beta[c])
                daddedSize[place] +=
                  dzSize[i]! * (aboveSize * inverse * abs(gamma[c]) + abs(beta[c]))
                dadded[place + channels] += dz[i]!
                daddedSize[place + channels] += dzSize[i]!
                _ = modulation
              } else {
                dadded[n * channels + c] += dy[i]
                daddedSize[n * channels + c] += abs(dy[i])
              }
              dgamma[c] += dz[i]! * above * inverse * factor
              dgammaSize[c] += dzSize[i]! * aboveSize * inverse * abs(factor)
              dbeta[c] += dz[i]! * factor
              dbetaSize[c] += dzSize[i]! * abs(factor)
            }
          }
          for c in own {
            let scale = inverse * gamma[c] * affine(n, c).factor
            for i in places(c) {
              let (above, aboveSize) = (x[i] - mean, abs(x[i]) + abs(mean))
              dx[i] =
                scale * dz[i]! - inverse * s / count - above * q * inverse * inverse * inverse
                / count
              dxSize[i] =
                abs(scale) * dzSize[i]! + inverse * sSize / count
                + aboveSize * qSize * inverse * inverse * inverse / count
            }
          }
        }
      }
      func bounds(_ values: [Double], _ sizes: [Double]) -> Bounds {
        Bounds(values, sizes.map { $0 * unit })
      }
      return (
        bounds(y, ySize), bounds(dx, dxSize), bounds(dgamma, dgammaSize), bounds(dbeta, dbetaSize),
        bounds(dadded, daddedSize)
      )
    }

    /// What γ·x̂ + β is multiplied by, and what is added then.
    private func affine(_ n: Int, _ c: Int) -> (factor: Double, shift: Double) {
      guard let modulation else { return (1, 0) }
      let place = n * 2 * shape.channels + c
      return (1 + modulation[place], modulation[place + shape.channels])
    }
  }
}
