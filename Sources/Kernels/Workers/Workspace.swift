private import CKernels

/// What one worker works in: kernels, memory for activations and operands, tables of geometries.
public final class Workspace {
  /// The instruction set that it is laid out for.
  public let kernels: KernelSet
  /// What operands are rounded to.
  public let precision: Precision
  let operand: Operand
  let arena = Arena()
  /// Threads with nothing else to do, over which an operation may be spread; the caller is one of them.
  var crew: WorkerPool?

  private var scratch = [AlignedBuffer?](repeating: nil, count: Scratch.allCases.count)
  private var geometries: [ConvolutionGeometry.Key: ConvolutionGeometry] = [:]
  /// What each convolution of the layout asked for last: to hash a key takes as long as a small operation.
  private var latest: [ConvolutionGeometry?] = []
  private var regions: [ConvolutionGeometry.Key: ConvolutionRegions] = [:]

  enum Scratch: Int, CaseIterable {
    case a, b, aPairs, bPairs, kernel, normal, winograd, affineGradient, attention
    case eightBits, eightBitGradient
  }

  /// A workspace that has taken no memory yet.
  public init(kernels: KernelSet = .best, precision: Precision) {
    self.kernels = kernels
    self.precision = precision
    operand = kernels.operand(for: precision)
  }

  /// Memory for `count` floats or units and the slack behind them; what it held before is lost.
  func scratch(_ use: Scratch, _ count: Int) -> UnsafeMutablePointer<Float> {
    let needed = count + wb_slack / 4
    if TensorMemory.isSanitized {
      let buffer = TensorMemory.poisoned(needed)
      scratch[use.rawValue] = buffer
      return buffer.pointer
    }
    if let buffer = scratch[use.rawValue], buffer.count >= needed { return buffer.pointer }
    let buffer = AlignedBuffer(count: needed)
    scratch[use.rawValue] = buffer
    return buffer.pointer
  }

  func geometry(_ convolution: Convolution, height: Int, width: Int) -> ConvolutionGeometry {
    let key = ConvolutionGeometry.Key(convolution, height: height, width: width)
    while latest.count <= convolution.index { latest.append(nil) }
    if let geometry = latest[convolution.index], geometry.key == key { return geometry }
    let geometry = geometries[key] ?? ConvolutionGeometry(key, operand: operand)
    geometries[key] = geometry
    latest[convolution.index] = geometry
    return geometry
  }

  func regions(_ convolution: Convolution, height: Int, width: Int) -> ConvolutionRegions {
    let key = ConvolutionGeometry.Key(convolution, height: height, width: width)
    if let regions = regions[key] { return regions }
    let regions = ConvolutionRegions(key, geometry(convolution, height: height, width: width))
    self.regions[key] = regions
    return regions
  }
}

extension ConvolutionGeometry.Key {
  fileprivate init(_ convolution: Convolution, height: Int, width: Int) {
    self.init(
      kernel: convolution.kernel, stride: convolution.stride,
      padding: convolution.padding, a: convolution.a, b: convolution.b, height: height, width: width
    )
  }
}
