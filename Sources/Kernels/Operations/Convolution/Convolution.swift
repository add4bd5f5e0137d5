import CKernels

/// A convolution layer, or a transposed one, with its parameters' places.
///
/// Both connect an image A with an image B that has 1/stride of its sides: a convolution takes A to B
/// (weight (b, a, k, k) in PyTorch), a transposed convolution B to A (weight (b, a, k, k) too, b being
/// its input). Padding is k/2 unless said; a transposed convolution with stride 2 has output padding 1, so that sides
/// double.
public struct Convolution: Sendable, Hashable {
  /// (b, a, k, k) in PyTorch's files; see above.
  public let weight: Parameter
  /// A value an output channel.
  public let bias: Parameter
  /// 1, 3 or, of an upsampling convolution, 4.
  public let kernel: Int
  /// 1 or 2; heights and widths are multiples of it.
  public let stride: Int
  /// Pixel y of A meets pixel i of B through tap y − stride·i + padding.
  let padding: Int
  /// Whether it is the adjoint: strides make the image larger.
  public let isTransposed: Bool
  /// Whether the kernel is not the weight itself but follows from it: see `init(upsampling:from:to:in:)`.
  public let isUpsampling: Bool
  /// Channels of A and B.
  let a: Int
  let b: Int
  /// Channels beside A's that are the same at every pixel of an image: rows of the weight behind A's.
  public let constants: Int
  /// Place among the layout's convolutions.
  let index: Int
  let forwardPhases: [GatherPhase]
  let adjointPhases: [GatherPhase]

  /// Floats of the kernel from one tap to the next.
  var tapStride: Int { (a + constants) * b }

  /// Channels that it reads.
  public var inputChannels: Int { isTransposed ? b : a }
  /// Channels that come out.
  public var outputChannels: Int { isTransposed ? a : b }

  /// Declares `name.weight` and `name.bias`, initialised as PyTorch does: U(±1/√fan-in), a transposed
  /// convolution's fan-in being outputs·k².
  /// - Parameters:
  ///   - constants: further input channels, for `Tape.convolution(_:spreading:_:)`; the weight is
  ///     (outputs, inputs + constants, k, k).
  ///   - padding: zeros before the first row and column; k/2, or with stride 2 none: then they are all behind the last.
  public init(
    _ name: String, from inputs: Int, constants: Int = 0, to outputs: Int, kernel: Int = 3,
    stride: Int = 1, padding: Int? = nil, transposed: Bool = false,
    in layout: inout ParameterLayout
  ) {
    precondition(kernel == 1 || kernel == 3, "kernels are 1 or 3 pixels wide")
    precondition(
      stride == 1 || (stride == 2 && kernel == 3), "strides are 1, or 2 for a kernel of 3")
    precondition(
      padding == nil || padding == kernel / 2 || (padding == 0 && stride == 2 && !transposed),
      "padding is half the kernel, or 0 with a stride of 2")
    precondition(
      constants == 0 || (!transposed && padding == nil),
      "constant channels go beside those of a plain convolution")
    let (a, b) = transposed ? (outputs, inputs) : (inputs, outputs)
    let fanIn = (a + constants) * kernel * kernel
    let weight = layout.declare(
      "\(name).weight", [b, a + constants, kernel, kernel], .uniform(fanIn: fanIn),
      layout: .convolution)
    let bias = layout.declare("\(name).bias", [outputs], .uniform(fanIn: fanIn))
    self = layout.declare { index in
      Convolution(
        weight: weight, bias: bias, kernel: kernel, stride: stride,
        padding: padding ?? kernel / 2, isTransposed: transposed, a: a, b: b, constants: constants,
        index: index)
    }
  }

  /// A linear layer: a convolution over a single pixel, its weight (outputs, inputs).
  init(linear name: String, from inputs: Int, to outputs: Int, in layout: inout ParameterLayout) {
    let weight = layout.declare(
      "\(name).weight", [outputs, inputs], .uniform(fanIn: inputs), layout: .convolution)
    let bias = layout.declare("\(name).bias", [outputs], .uniform(fanIn: inputs))
    self = layout.declare { index in
      Convolution(
        weight: weight, bias: bias, kernel: 1, stride: 1, padding: 0, isTransposed: false,
        a: inputs, b: outputs, index: index)
    }
  }

  /// Sides doubled by repeating each pixel, then a 3×3 convolution, `name.weight` (outputs, inputs, 3, 3).
  ///
  /// The nine taps see only 2×2 different pixels, so it is the same as a transposed convolution with stride 2 whose
  /// 4×4 kernel holds sums of the taps: four products where the definition has nine.
  public init(
    upsampling name: String, from inputs: Int, to outputs: Int, in layout: inout ParameterLayout
  ) {
    let fanIn = inputs * 9
    let weight = layout.declare(
      "\(name).weight", [outputs, inputs, 3, 3], .uniform(fanIn: fanIn), layout: .upsampling)
    let bias = layout.declare("\(name).bias", [outputs], .uniform(fanIn: fanIn))
    self = layout.declare { index in
      Convolution(
        weight: weight, bias: bias, kernel: 4, stride: 2, padding: 1, isTransposed: true,
        isUpsampling: true, a: outputs, b: inputs, index: index)
    }
  }

  private init(
    weight: Parameter, bias: Parameter, kernel: Int, stride: Int, padding: Int,
    isTransposed: Bool, isUpsampling: Bool = false, a: Int, b: Int, constants: Int = 0,
    index: Int
  ) {
    self.weight = weight
    self.bias = bias
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.isTransposed = isTransposed
    self.isUpsampling = isUpsampling
    self.a = a
    self.b = b
    self.constants = constants
    self.index = index
    forwardPhases = GatherPhase.forward(kernel: kernel, padding: padding)
    adjointPhases = GatherPhase.adjoint(kernel: kernel, stride: stride, padding: padding)
  }

  /// Values of the kernel that is multiplied.
  var kernelCount: Int { kernel * kernel * a * b }

  /// Of one image's own channels.
  func multiplyAdds(_ geometry: ConvolutionGeometry) -> Int {
    geometry.heightB * geometry.widthB * kernelCount
  }

  /// Height and width of what comes out of (height, width).
  public func outputSize(height: Int, width: Int) -> (height: Int, width: Int) {
    isTransposed ? (height * stride, width * stride) : (height / stride, width / stride)
  }

  /// FLOPs of one image whose input is height × width, forward, by the definition: 2 per multiply-add, constant channels
  /// counted like others.
  public func flops(height: Int, width: Int) -> Double {
    let output = outputSize(height: height, width: width)
    if isUpsampling { return 2 * Double(output.height * output.width) * Double(9 * a * b) }
    let size = isTransposed ? (height, width) : output
    return 2 * Double(size.0 * size.1) * Double(kernel * kernel * tapStride)
  }
}
