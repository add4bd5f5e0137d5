import CKernels
import Kernels
import TestSupport
import Testing

/// Winograd's kernels themselves, with any number of channels, against the plain loops.
@Suite struct WinogradTests {
  struct Case: CustomTestStringConvertible {
    var count, height, width, inputs, outputs: Int

    var testDescription: String { "\(count)×\(height)×\(width), \(inputs)→\(outputs)" }

    var shape: wb_winograd {
      wb_winograd(
        height: Int32(height), width: Int32(width), from: Int32(inputs), to: Int32(outputs),
        first: 0, tiles: Int32(count * ((height + 3) / 4) * ((width + 3) / 4)))
    }
    var adjoint: wb_winograd {
      var adjoint = shape
      (adjoint.from, adjoint.to) = (adjoint.to, adjoint.from)
      return adjoint
    }
    var pixels: Int { count * height * width }
    /// As the other tests' random numbers: the image, the output's gradient, the weight as PyTorch has it.
    var x: [Float] { normals(pixels * inputs, seed: 1) }
    var dy: [Float] { normals(pixels * outputs, seed: 2) }
    var weight: [Float] { normals(9 * inputs * outputs, seed: 3) }
    /// The weight as [9][inputs][outputs].
    var laidOut: [Float] {
      var layout = ParameterLayout()
      let layer = Convolution("layer", from: inputs, to: outputs, in: &layout)
      return layer.weight.laidOut(weight)
    }
  }

  /// Sides that tiles of 4×4 fit and do not, images smaller than a tile; channels around the vectors' widths.
  static let cases = [
    Case(count: 1, height: 28, width: 28, inputs: 8, outputs: 24),
    Case(count: 1, height: 30, width: 26, inputs: 3, outputs: 8),
    Case(count: 3, height: 7, width: 5, inputs: 24, outputs: 40),
    Case(count: 2, height: 8, width: 8, inputs: 64, outputs: 64),
    Case(count: 5, height: 4, width: 4, inputs: 40, outputs: 3),
    Case(count: 2, height: 1, width: 6, inputs: 17, outputs: 33),
    Case(count: 1, height: 16, width: 16, inputs: 8, outputs: 1),
  ]

  /// The measured error is at most 8.3e-7, about 1.7 times the direct kernels'. A product dropped or a tap mistaken
  /// is above 1e-3.
  static let tolerance = 1.5e-6

  /// target = convolution of `source`, of so many pixels, [+ bias of each image] [+ add].
  /// - Parameter parts: in which the tiles are computed one after the other.
  func convolve(
    _ source: [Float], _ shape: wb_winograd, weights: [Float], isAdjoint: Bool = false,
    biases: [Float]? = nil, add: [Float]? = nil, parts: Int = 1, kernels: KernelSet
  ) -> [Float] {
    let table = kernels.table.pointee
    let (from, to) = (shape.from, shape.to)
    let (reducedStride, channelStride) = isAdjoint ? (Int32(1), from) : (to, Int32(1))
    let slack = wb_slack / 4
    let packed = AlignedBuffer(
      count: wb_winograd_packed_size(from, to, table.vector_floats) + slack)
    table.winograd_pack(
      packed.pointer, weights, isAdjoint ? 1 : 0, from * to, from, reducedStride, to,
      channelStride, wb_round_none)
    var shape = shape
    let scratch = AlignedBuffer(count: wb_winograd_scratch(&shape, table.vector_floats) + slack)
    for i in 0..<scratch.count { scratch.pointer[i] = .nan }
    let count = source.count / Int(from) * Int(to)
    // What stands behind the target must not be touched, nor what stood in it be read.
    let guarded = 64
    let target = AlignedBuffer([Float](repeating: .nan, count: count + guarded))
    let tiles = shape.tiles
    for part in 0..<Int32(parts) {
      shape.first = tiles * part / Int32(parts)
      shape.tiles = tiles * (part + 1) / Int32(parts) - shape.first
      table.winograd(
        source, packed.pointer, biases, to, add, target.pointer, &shape, scratch.pointer)
    }
    let untouched = target.values[count...].allSatisfy { $0.isNaN }
    #expect(untouched, "\(kernels)")
    return Array(target.values[..<count])
  }

  func plain(_ c: Case) -> [Float] {
    Plain.convolution(
      c.x.map(Double.init), count: c.count, height: c.height, width: c.width, a: c.inputs,
      weight: c.weight.map(Double.init), bias: [Double](repeating: 0, count: c.outputs),
      b: c.outputs, kernel: 3, stride: 1
    ).map { Float($0) }
  }

  @Test(arguments: cases) func output(_ c: Case) {
    let expected = plain(c)
    for kernels in KernelSet.underTest() {
      let found = convolve(c.x, c.shape, weights: c.laidOut, kernels: kernels)
      let error = relativeError(found, expected)
      #expect(error < Self.tolerance, "\(kernels)")
    }
  }

  @Test(arguments: cases) func dataGradient(_ c: Case) {
    let expected = Plain.transposedConvolution(
      c.dy.map(Double.init), count: c.count, height: c.height, width: c.width, b: c.outputs,
      weight: c.weight.map(Double.init), bias: [Double](repeating: 0, count: c.inputs),
      a: c.inputs, stride: 1
    ).map { Float($0) }
    for kernels in KernelSet.underTest() {
      let found = convolve(
        c.dy, c.adjoint, weights: c.laidOut, isAdjoint: true, kernels: kernels)
      let error = relativeError(found, expected)
      #expect(error < Self.tolerance, "\(kernels)")
    }
  }

  /// The convolution is linear in its weight: its gradient is the output's change with each of them. It is added to what
  /// is there.
  @Test(arguments: cases) func weightGradient(_ c: Case) {
    let (x, dy) = (c.x, c.dy)
    var expected = [Double](repeating: 1, count: 9 * c.inputs * c.outputs)
    for n in 0..<c.count {
      for i in 0..<c.height {
        for j in 0..<c.width {
          for tap in 0..<9 {
            let (row, column) = (i + tap / 3 - 1, j + tap % 3 - 1)
            guard (0..<c.height).contains(row), (0..<c.width).contains(column) else { continue }
            let from = ((n * c.height + row) * c.width + column) * c.inputs
            let to = ((n * c.height + i) * c.width + j) * c.outputs
            for a in 0..<c.inputs {
              for b in 0..<c.outputs {
                expected[(tap * c.inputs + a) * c.outputs + b] +=
                  Double(x[from + a]) * Double(dy[to + b])
              }
            }
          }
        }
      }
    }
    for kernels in KernelSet.underTest() {
      let table = kernels.table.pointee
      var shape = c.shape
      let scratch = AlignedBuffer(
        count: wb_winograd_reduce_scratch(&shape, table.vector_floats) + wb_slack / 4)
      for i in 0..<scratch.count { scratch.pointer[i] = .nan }
      let guarded = 64
      var gradient = [Float](repeating: 1, count: expected.count + guarded)
      table.winograd_reduce(x, dy, &gradient, &shape, scratch.pointer)
      let untouched = gradient[expected.count...].allSatisfy { $0 == 1 }
      #expect(untouched, "\(kernels)")
      let error = relativeError(Array(gradient[..<expected.count]), expected.map { Float($0) })
      #expect(error < Self.tolerance, "\(kernels)")
    }
  }

  /// A bias for all pixels, one for each image, and an addend.
  @Test(arguments: cases) func whatIsAdded(_ c: Case) {
    let biases = normals(c.count * c.outputs, seed: 5)
    let add = normals(c.pixels * c.outputs, seed: 6)
    let pixels = c.height * c.width
    let expected = plain(c).indices.map { i in
      let (image, channel) = (i / (pixels * c.outputs), i % c.outputs)
      return biases[image * c.outputs + channel] + add[i]
    }
    for kernels in KernelSet.underTest() {
      let zero = [Float](repeating: 0, count: 9 * c.inputs * c.outputs)
      let found = convolve(
        c.x, c.shape, weights: zero, biases: biases, add: add, kernels: kernels)
      let error = relativeError(found, expected)
      #expect(error < 1e-7, "\(kernels)")
    }
  }

  /// An image's values do not depend on the images beside it, to the bit.
  @Test func imageByImage() {
    let c = Case(count: 5, height: 14, width: 10, inputs: 24, outputs: 40)
    var one = c
    one.count = 1
    for kernels in KernelSet.underTest() {
      let together = convolve(c.x, c.shape, weights: c.laidOut, kernels: kernels)
      let alone = (0..<c.count).flatMap { image in
        let size = c.height * c.width * c.inputs
        return convolve(
          Array(c.x[(image * size)..<((image + 1) * size)]), one.shape, weights: c.laidOut,
          kernels: kernels)
      }
      let differing = zip(together, alone).count { $0.bitPattern != $1.bitPattern }
      #expect(differing == 0, "\(kernels)")
    }
  }

  /// Nor on how the tiles are divided among threads.
  @Test func partByPart() {
    let c = Case(count: 2, height: 30, width: 26, inputs: 24, outputs: 40)
    for kernels in KernelSet.underTest() {
      let whole = convolve(c.x, c.shape, weights: c.laidOut, kernels: kernels)
      let divided = convolve(c.x, c.shape, weights: c.laidOut, parts: 3, kernels: kernels)
      let differing = zip(whole, divided).count { $0.bitPattern != $1.bitPattern }
      #expect(differing == 0, "\(kernels)")
    }
  }

  /// The switch: which layers it concerns, and that it changes bits, by rounding errors only.
  @Test(arguments: [(inputs: 8, outputs: 16, concerned: true), (7, 16, false), (16, 3, false)])
  func theSwitch(_ inputs: Int, _ outputs: Int, _ concerned: Bool) {
    var layout = ParameterLayout()
    let layer = Convolution("layer", from: inputs, to: outputs, in: &layout)
    let values = normals(layout.count, seed: 1)
    let shape = Shape(count: 1, height: 16, width: 16, channels: inputs)
    let x = normals(shape.elements, seed: 2)
    for kernels in KernelSet.underTest() {
      #expect(kernels.usesWinograd && !kernels.withoutWinograd.usesWinograd)
      let outcomes = [kernels, kernels.withoutWinograd].map { kernels in
        OperationHarness(kernels: kernels).run(
          layout: layout, values: values, inputs: [(shape, x)],
          direction: { normals($0, seed: 3) }
        ) { tape, inputs in tape.convolution(inputs[0], layer) }
      }
      let pairs = [
        (outcomes[0].output, outcomes[1].output),
        (outcomes[0].inputGradients[0], outcomes[1].inputGradients[0]),
        (outcomes[0].parameterGradient, outcomes[1].parameterGradient),
      ]
      for (with, without) in pairs {
        let error = relativeError(with, without)
        #expect(concerned ? error > 0 && error < Self.tolerance : error == 0, "\(kernels)")
      }
    }
  }
}
