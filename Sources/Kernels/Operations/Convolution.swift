import CKernels

/// A convolution layer, or a transposed one, with its parameters' places.
///
/// Both connect an image A with an image B that has 1/stride of its sides: a convolution takes A to B
/// (weight (b, a, k, k) in PyTorch), a transposed convolution B to A (weight (b, a, k, k) too, b being
/// its input). Padding is k/2; a transposed convolution with stride 2 has output padding 1, so that sides double.
public struct Convolution: Sendable, Hashable {
  public let weight: Parameter
  public let bias: Parameter
  /// 1 or 3.
  public let kernel: Int
  /// 1 or 2; heights and widths are multiples of it.
  public let stride: Int
  public let isTransposed: Bool
  /// Channels of A and B.
  let a: Int
  let b: Int
  /// Channels beside A's that are the same at every pixel of an image: rows of the weight behind A's.
  public let constants: Int
  /// Place among the layout's convolutions.
  let index: Int
  let forwardPhases: [GatherPhase]
  let adjointPhases: [GatherPhase]

  /// Floats of the weight from one tap to the next.
  var tapStride: Int { (a + constants) * b }

  public var inputChannels: Int { isTransposed ? b : a }
  public var outputChannels: Int { isTransposed ? a : b }

  /// Declares `name.weight` and `name.bias`, initialised as PyTorch does: U(±1/√fan-in), a transposed
  /// convolution's fan-in being outputs·k².
  /// - Parameter constants: further input channels, for `Tape.convolution(_:spreading:_:)`; the weight is
  ///   (outputs, inputs + constants, k, k).
  public init(
    _ name: String, from inputs: Int, constants: Int = 0, to outputs: Int, kernel: Int = 3,
    stride: Int = 1, transposed: Bool = false, in layout: inout ParameterLayout
  ) {
    precondition(kernel == 1 || kernel == 3, "kernels are 1 or 3 pixels wide")
    precondition(
      stride == 1 || (stride == 2 && kernel == 3), "strides are 1, or 2 for a kernel of 3")
    precondition(constants == 0 || !transposed, "a transposed convolution takes no constants")
    let (a, b) = transposed ? (outputs, inputs) : (inputs, outputs)
    let fanIn = (a + constants) * kernel * kernel
    let weight = layout.declare(
      "\(name).weight", [b, a + constants, kernel, kernel], .uniform(fanIn: fanIn),
      layout: .convolution)
    let bias = layout.declare("\(name).bias", [outputs], .uniform(fanIn: fanIn))
    self = layout.declare { index in
      Convolution(
        weight: weight, bias: bias, kernel: kernel, stride: stride, isTransposed: transposed, a: a,
        b: b, constants: constants, index: index,
        forwardPhases: GatherPhase.forward(kernel: kernel),
        adjointPhases: GatherPhase.adjoint(kernel: kernel, stride: stride))
    }
  }

  /// A linear layer: a convolution over a single pixel, its weight (outputs, inputs).
  init(linear name: String, from inputs: Int, to outputs: Int, in layout: inout ParameterLayout) {
    let weight = layout.declare(
      "\(name).weight", [outputs, inputs], .uniform(fanIn: inputs), layout: .convolution)
    let bias = layout.declare("\(name).bias", [outputs], .uniform(fanIn: inputs))
    self = layout.declare { index in
      Convolution(
        weight: weight, bias: bias, kernel: 1, stride: 1, isTransposed: false, a: inputs,
        b: outputs, constants: 0, index: index, forwardPhases: GatherPhase.forward(kernel: 1),
        adjointPhases: GatherPhase.adjoint(kernel: 1, stride: 1))
    }
  }

  private init(
    weight: Parameter, bias: Parameter, kernel: Int, stride: Int, isTransposed: Bool, a: Int,
    b: Int, constants: Int, index: Int, forwardPhases: [GatherPhase], adjointPhases: [GatherPhase]
  ) {
    self.weight = weight
    self.bias = bias
    self.kernel = kernel
    self.stride = stride
    self.isTransposed = isTransposed
    self.a = a
    self.b = b
    self.constants = constants
    self.index = index
    self.forwardPhases = forwardPhases
    self.adjointPhases = adjointPhases
  }

  /// Height and width of what comes out of (height, width).
  public func outputSize(height: Int, width: Int) -> (height: Int, width: Int) {
    isTransposed ? (height * stride, width * stride) : (height / stride, width / stride)
  }

  /// FLOPs of one image whose input is height × width, forward: 2 per multiply-add, constant channels counted
  /// like others.
  public func flops(height: Int, width: Int) -> Double {
    let size = isTransposed ? (height, width) : outputSize(height: height, width: width)
    return 2 * Double(size.0 * size.1) * Double(kernel * kernel * tapStride)
  }

  /// Of one image's own channels.
  func multiplyAdds(_ geometry: ConvolutionGeometry) -> Int {
    geometry.heightB * geometry.widthB * kernel * kernel * a * b
  }
}

extension Tape {
  /// (N, H, W, inputs) → (N, H', W', outputs): convolution and bias.
  public func convolution(_ x: Tensor, _ layer: Convolution) -> Tensor {
    precondition(x.shape.channels == layer.inputChannels, "\(layer.weight.name): channels")
    precondition(layer.constants == 0, "\(layer.weight.name): the constant channels are missing")
    let size = layer.outputSize(height: x.shape.height, width: x.shape.width)
    let y = output(
      Shape(
        count: x.shape.count, height: size.height, width: size.width,
        channels: layer.outputChannels))
    if layer.isTransposed {
      gatherAdjoint(layer, from: x.data, to: y.data, shapeA: y.shape, bias: value(of: layer.bias))
    } else {
      gatherForward(layer, from: x.data, to: y.data, shapeA: x.shape, bias: value(of: layer.bias))
    }
    record { [unowned self] in
      guard let dy = gradient(of: y) else { return }
      workspace.kernels.table.pointee.column_sums(
        gradient(of: layer.bias), dy, Int32(y.shape.count * y.shape.pixels),
        Int32(y.shape.channels), 1)
      if layer.isTransposed {
        reduceWeights(layer, a: dy, b: x.data, shapeA: y.shape, into: gradient(of: layer.weight))
        if let (dx, adds) = accumulator(for: x) {
          gatherForward(layer, from: dy, to: dx, shapeA: y.shape, accumulate: adds)
        }
      } else {
        reduceWeights(layer, a: x.data, b: dy, shapeA: x.shape, into: gradient(of: layer.weight))
        if let (dx, adds) = accumulator(for: x) {
          gatherAdjoint(layer, from: dy, to: dx, shapeA: x.shape, accumulate: adds)
        }
      }
    }
    return y
  }

  /// A → B.
  private func gatherForward(
    _ layer: Convolution, from a: UnsafePointer<Float>, to b: UnsafeMutablePointer<Float>,
    shapeA: Shape, bias: UnsafePointer<Float>? = nil, accumulate: Bool = false
  ) {
    let geometry = workspace.geometry(layer, height: shapeA.height, width: shapeA.width)
    let strideB = geometry.heightB * geometry.widthB * layer.b
    for (first, count) in groups(of: shapeA.count, geometry.group) {
      let padded = workspace.scratch(.a, geometry.group * geometry.paddedA)
      workspace.kernels.table.pointee.pad(
        padded, a + first * shapeA.stride, Int32(count), Int32(shapeA.height), Int32(shapeA.width),
        Int32(layer.a), Int32(geometry.pad), workspace.operand)
      workspace.share(work: count * layer.multiplyAdds(geometry)) { [self] share in
        for (phase, gather) in geometry.forward.enumerated() {
          self.gather(
            gather, padded, weights.forward(layer, phase: phase), bias, b + first * strideB,
            pixels: share.of(count * gather.pixels), channels: layer.b, accumulate: accumulate)
        }
      }
    }
  }

  /// B → A.
  func gatherAdjoint(
    _ layer: Convolution, from b: UnsafePointer<Float>, to a: UnsafeMutablePointer<Float>,
    shapeA: Shape, bias: UnsafePointer<Float>? = nil, accumulate: Bool = false
  ) {
    let geometry = workspace.geometry(layer, height: shapeA.height, width: shapeA.width)
    let strideB = geometry.heightB * geometry.widthB * layer.b
    for (first, count) in groups(of: shapeA.count, geometry.group) {
      let padded = workspace.scratch(.b, geometry.group * geometry.paddedB)
      workspace.kernels.table.pointee.pad(
        padded, b + first * strideB, Int32(count), Int32(geometry.heightB), Int32(geometry.widthB),
        Int32(layer.b), Int32(geometry.pad), workspace.operand)
      workspace.share(work: count * layer.multiplyAdds(geometry)) { [self] share in
        for (phase, gather) in geometry.adjoint.enumerated() {
          self.gather(
            gather, padded, weights.adjoint(layer, phase: phase), bias, a + first * shapeA.stride,
            pixels: share.of(count * gather.pixels), channels: layer.a, accumulate: accumulate)
        }
      }
    }
  }

  private func gather(
    _ gather: ConvolutionGeometry.Gather, _ source: UnsafePointer<Float>,
    _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    _ target: UnsafeMutablePointer<Float>, pixels: Range<Int>, channels: Int, accumulate: Bool
  ) {
    let table = workspace.kernels.table.pointee
    let kernel = workspace.operand == wb_pack_bf16 ? table.gather_bf16 : table.gather
    gather.source.withUnsafeBufferPointer { from in
      gather.target.withUnsafeBufferPointer { to in
        gather.segment.withUnsafeBufferPointer { segment in
          var tables = wb_gather(
            source: from.baseAddress.map { $0 + pixels.lowerBound },
            target: to.baseAddress.map { $0 + pixels.lowerBound }, segment: segment.baseAddress,
            segments: gather.segments, run: gather.run)
          kernel?(
            source, packed, bias, target, &tables, Int32(pixels.count), Int32(channels),
            accumulate ? 1 : 0)
        }
      }
    }
  }

  /// ∂loss/∂W[tap][a][b] of A's own channels += Σ over images and pixels of A (at the tap) · B.
  func reduceWeights(
    _ layer: Convolution, a: UnsafePointer<Float>, b: UnsafePointer<Float>, shapeA: Shape,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    let geometry = workspace.geometry(layer, height: shapeA.height, width: shapeA.width)
    let strideB = geometry.heightB * geometry.widthB * layer.b
    let table = workspace.kernels.table.pointee
    let usesPairs = workspace.operand == wb_pack_bf16
    let kernel = usesPairs ? table.outer_bf16 : table.outer
    for (first, count) in groups(of: shapeA.count, geometry.group) {
      let (fromA, fromB) = (a + first * shapeA.stride, b + first * strideB)
      let left: UnsafeMutablePointer<Float>
      let right: UnsafeMutablePointer<Float>
      if usesPairs {
        left = workspace.scratch(.aPairs, geometry.group * geometry.pairsA)
        right = workspace.scratch(.bPairs, geometry.group * geometry.pairsB)
        left.withMemoryRebound(to: UInt32.self, capacity: 1) {
          table.pad_pairs(
            $0, fromA, Int32(count), Int32(shapeA.height), Int32(shapeA.width), Int32(layer.a),
            Int32(geometry.pad), Int32(layer.stride), 1)
        }
        right.withMemoryRebound(to: UInt32.self, capacity: 1) {
          table.pad_pairs(
            $0, fromB, Int32(count), Int32(geometry.heightB), Int32(geometry.widthB),
            Int32(layer.b), 0, 1, 2)
        }
      } else {
        left = workspace.scratch(.a, geometry.group * geometry.paddedA)
        right = workspace.scratch(.b, geometry.group * geometry.paddedB)
        table.pad(
          left, fromA, Int32(count), Int32(shapeA.height), Int32(shapeA.width), Int32(layer.a),
          Int32(geometry.pad), workspace.operand)
        table.pad(
          right, fromB, Int32(count), Int32(geometry.heightB), Int32(geometry.widthB),
          Int32(layer.b), Int32(geometry.pad), workspace.operand)
      }
      geometry.reduceLeft.withUnsafeBufferPointer { lefts in
        geometry.reduceRight.withUnsafeBufferPointer { rights in
          var tables = wb_reduce(left: lefts.baseAddress, right: rights.baseAddress)
          for row in 0..<layer.kernel {
            kernel?(
              left + row * geometry.reduceRowStride, right,
              gradient + row * layer.kernel * layer.a * layer.b, &tables,
              Int32(count * geometry.pointsPerImage), Int32(layer.kernel * layer.a),
              Int32(layer.b), 1)
          }
        }
      }
    }
  }

  func groups(of count: Int, _ size: Int) -> some Sequence<(first: Int, count: Int)> {
    stride(from: 0, to: count, by: size).lazy.map { ($0, min(size, count - $0)) }
  }
}
