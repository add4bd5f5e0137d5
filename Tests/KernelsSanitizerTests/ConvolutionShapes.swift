import Kernels
import TestSupport
import Testing

/// Convolutions of every kind, with what may be added in the same pass.
@Suite struct ConvolutionShapes {
  /// A sum of up to 585 products in float32. A product dropped is 1/585 of their sizes' sum.
  static let unit = 3e-6
  /// Winograd's sums are of up to about ten times the size.
  static let broadUnit = 1e-5

  @Test(arguments: Drawing.rounds(450)) func convolution(round: Int) {
    var drawing = Drawing(1, round: round)
    let kind = drawing.one(of: PlainConvolution.Kind.allCases)
    var (height, width) = (drawing.integer(1...9), drawing.integer(1...9))
    if kind.halves { (height, width) = ((height + 1) / 2 * 2, (width + 1) / 2 * 2) }
    let count = drawing.integer(1...4)
    let takesConstants = !kind.doubles && kind != .stridedUnpadded
    var plain = PlainConvolution(
      kind: kind, height: height, width: width, inputs: drawing.channels(),
      constants: takesConstants ? drawing.one(of: [0, 0, 1, 5, 17]) : 0,
      outputs: drawing.channels())
    // What Winograd's algorithm is for, now and then.
    if kind == .plain, plain.constants == 0, drawing.isTrue() {
      (plain.inputs, plain.outputs) = (8 + plain.inputs / 2, 8 + plain.outputs / 2)
    }
    check(plain, count: count, &drawing)
  }

  /// Linear layers: one pixel of many channels.
  @Test(arguments: Drawing.rounds(100)) func linear(round: Int) {
    var drawing = Drawing(2, round: round)
    let plain = PlainConvolution(
      kind: .oneByOne, height: 1, width: 1,
      inputs: drawing.one(of: [drawing.channels(), drawing.integer(1...300)]),
      outputs: drawing.one(of: [drawing.channels(), drawing.integer(1...300)]))
    check(plain, count: drawing.integer(1...9), &drawing)
  }

  private func check(_ plain: PlainConvolution, count: Int, _ drawing: inout Drawing) {
    var layout = ParameterLayout()
    let layer = plain.layer(in: &layout)
    let x = Shape(count: count, height: plain.height, width: plain.width, channels: plain.inputs)
    let y = Shape(
      count: count, height: plain.outHeight, width: plain.outWidth, channels: plain.outputs)
    let vector = Shape(count: count, channels: plain.constants)
    let offset = Shape(count: count, channels: plain.outputs)
    let kind = drawing.one(of: Values.allCases)
    let slopes = drawing.one(
      of: kind.mayBeHuge ? [.normal, .tiny, .zero] : Values.allCases)
    let addsResidual = plain.constants == 0 && drawing.isTrue()
    let addsOffset = plain.constants == 0 && drawing.isTrue()
    // Operands of 8 bits are rounded before these kernels see them, which are fp32's.
    for precision in Precision.allCases where precision != .fp8 {
      let values = drawing.values(x.elements, kind, precision)
      let constants = drawing.values(vector.elements, kind == .huge ? .normal : kind, precision)
      // An upsampling kernel sums weights before it rounds: small whole numbers stay what they are.
      let weight = drawing.normals(layer.weight.count).map {
        plain.kind == .upsampling ? $0.rounded() : precision.rounded(0.3 * $0)
      }
      let bias = drawing.normals(plain.outputs)
      let residual = drawing.normals(y.elements)
      let offsets = drawing.normals(offset.elements)
      let direction = drawing.values(y.elements, slopes, precision)

      var parameters = [Float](repeating: 0, count: layout.count)
      parameters.replaceSubrange(layer.weight.range, with: layer.weight.laidOut(weight))
      parameters.replaceSubrange(layer.bias.range, with: bias)
      var inputs: [(shape: Shape, values: [Float])] = [(x, values)]
      if plain.constants > 0 { inputs.append((vector, constants)) }
      if addsResidual { inputs.append((y, residual)) }
      if addsOffset { inputs.append((offset, offsets)) }
      let operation = Operation(
        name: "\(plain), \(count) images, \(kind) values, \(slopes) slopes, residual "
          + "\(addsResidual), offset \(addsOffset)",
        layout: layout, values: parameters, inputs: inputs
      ) { tape, tensors in
        plain.constants > 0
          ? tape.convolution(tensors[0], spreading: tensors[1], layer)
          : tape.convolution(
            tensors[0], layer, adding: addsResidual ? tensors[1] : nil,
            offset: addsOffset ? tensors[tensors.count - 1] : nil)
      }
      let exactBias = (0..<count).map { image in
        (0..<plain.outputs).map {
          Double(bias[$0]) + (addsOffset ? Double(offsets[image * plain.outputs + $0]) : 0)
        }
      }
      func expected(broad: Bool) -> (output: Bounds, inputs: [Bounds], parameters: Bounds) {
        let result = plain(
          x: values, vector: plain.constants > 0 ? constants : [], weight: weight, bias: exactBias,
          residual: addsResidual ? residual : nil, direction: direction, count: count,
          broad: broad, unit: broad ? Self.broadUnit : Self.unit)
        var gradients = [result.dx]
        if plain.constants > 0 { gradients.append(result.dconstants) }
        if addsResidual { gradients.append(Bounds(exactly: direction.map(Double.init))) }
        if addsOffset { gradients.append(result.doffset) }
        var parameters = Bounds(
          [Double](repeating: 0, count: layout.count), [Double](repeating: 0, count: layout.count))
        func put(_ bounds: Bounds, _ parameter: Parameter) {
          parameters.values.replaceSubrange(
            parameter.range, with: laidOut(bounds.values, parameter))
          parameters.errors.replaceSubrange(
            parameter.range, with: laidOut(bounds.errors, parameter))
        }
        put(result.dweight, layer.weight)
        put(result.dbias, layer.bias)
        return (result.output, gradients, parameters)
      }
      let narrow = expected(broad: false)
      let broad = plain.mayGoByWinograd ? expected(broad: true) : narrow
      operation.check(
        &drawing, precision,
        sets: plain.mayGoByWinograd ? KernelSet.underTestBothWays() : KernelSet.underTest(),
        direction: direction
      ) { $0.usesWinograd ? broad : narrow }
    }
  }

  /// In the buffer's order: places are floats exactly.
  private func laidOut(_ values: [Double], _ parameter: Parameter) -> [Double] {
    parameter.laidOut((0..<values.count).map(Float.init)).map { values[Int($0)] }
  }
}

extension PlainConvolution {
  /// As Convolution's own rule has it, but for wide layers of native bf16.
  var mayGoByWinograd: Bool { kind == .plain && constants == 0 && min(inputs, outputs) >= 8 }
}

extension PlainConvolution: CustomStringConvertible {
  var description: String {
    "\(kind) \(height)×\(width), \(inputs)\(constants > 0 ? "+\(constants)" : "")→\(outputs)"
  }
}
