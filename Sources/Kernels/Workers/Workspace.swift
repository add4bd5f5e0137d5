private import CKernels

/// What one worker works in: kernels, memory for activations and operands, tables of geometries.
public final class Workspace {
  public let kernels: KernelSet
  public let precision: Precision
  let operand: Operand
  let arena = Arena()

  private var scratch: [Scratch: AlignedBuffer] = [:]
  private var geometries: [ConvolutionGeometry.Key: ConvolutionGeometry] = [:]

  enum Scratch {
    case a, b, aPairs, bPairs, bias, kernel, normal, winograd, affine, affineGradient, attention
  }

  public init(kernels: KernelSet = .best, precision: Precision) {
    self.kernels = kernels
    self.precision = precision
    operand = kernels.operand(for: precision)
  }

  /// Memory for `count` floats or units and the slack behind them; what it held before is lost.
  func scratch(_ use: Scratch, _ count: Int) -> UnsafeMutablePointer<Float> {
    let needed = count + wb_slack / 4
    if let buffer = scratch[use], buffer.count >= needed { return buffer.pointer }
    let buffer = AlignedBuffer(count: needed)
    scratch[use] = buffer
    return buffer.pointer
  }

  func geometry(_ convolution: Convolution, height: Int, width: Int) -> ConvolutionGeometry {
    let key = ConvolutionGeometry.Key(
      kernel: convolution.kernel, stride: convolution.stride,
      padding: convolution.padding, a: convolution.a, b: convolution.b,
      height: height, width: width)
    if let geometry = geometries[key] { return geometry }
    let geometry = ConvolutionGeometry(key, operand: operand)
    geometries[key] = geometry
    return geometry
  }
}
