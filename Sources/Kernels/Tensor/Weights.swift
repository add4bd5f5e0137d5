private import CKernels

/// A network's parameter values and, of its convolutions, what the kernels read: weights packed for the
/// instruction set and rounded to the precision.
public final class Weights: @unchecked Sendable {
  /// Which parameters there are, and where.
  public let layout: ParameterLayout
  /// All parameters, as `layout` lays them; not copied.
  public let values: AlignedBuffer
  let kernels: KernelSet
  let operand: Operand
  private let packed: AlignedBuffer
  private let offsets: [PackedOffsets]
  /// Kernels that are not the weight itself, by the convolution's place.
  private let expanded: [Int: AlignedBuffer]
  /// Weights in 8 bits, where operands are: laid out as the values, those of convolutions alone.
  private let eightBits: AlignedBuffer?

  struct PackedOffsets {
    /// One a phase; one for Winograd's kernels; none where it is never multiplied.
    var forward: [Int]
    var adjoint: [Int]
  }

  /// - Parameter forTraining: whether gradients will be asked for; without them each convolution is packed for its own
  ///   direction alone.
  public init(
    layout: ParameterLayout, values: AlignedBuffer, kernels: KernelSet, precision: Precision,
    forTraining: Bool = true
  ) {
    precondition(values.count == layout.count)
    self.layout = layout
    self.values = values
    self.kernels = kernels
    let operand = kernels.operand(for: precision)
    self.operand = operand
    var total = 0
    var offsets: [PackedOffsets] = []
    for convolution in layout.convolutions {
      func place(_ phases: [GatherPhase], reduced: Int, channels: Int) -> [Int] {
        let counts =
          convolution.goesByWinograd(with: kernels, operand)
          ? [WinogradWeights.count(reduced: reduced, channels: channels, kernels: kernels)]
          : phases.map {
            $0.packedCount(
              reduced: reduced, channels: channels, kernels: kernels, operand: operand)
          }
        return counts.map { count in
          defer { total = (total + count + 15) / 16 * 16 }
          return total
        }
      }
      offsets.append(
        PackedOffsets(
          forward: forTraining || !convolution.isTransposed
            ? place(convolution.forwardPhases, reduced: convolution.a, channels: convolution.b)
            : [],
          adjoint: forTraining || convolution.isTransposed
            ? place(convolution.adjointPhases, reduced: convolution.b, channels: convolution.a)
            : []))
    }
    self.offsets = offsets
    expanded = Dictionary(
      uniqueKeysWithValues: layout.convolutions.filter(\.isUpsampling).map {
        ($0.index, AlignedBuffer(count: $0.kernelCount))
      })
    eightBits = precision == .fp8 ? AlignedBuffer(count: layout.count) : nil
    let needed = total + wb_slack / 4
    packed =
      TensorMemory.isSanitized ? TensorMemory.poisoned(needed) : AlignedBuffer(count: needed)
  }

  /// What `pack` does bit by bit: two parts a convolution, one for each direction.
  public var parts: Int { 2 * layout.convolutions.count }

  /// Packs the weights of one convolution for one direction, after the values have changed. Different parts may be packed
  /// at once by different threads.
  public func pack(_ part: Int) {
    let convolution = layout.convolutions[part / 2]
    let isAdjoint = part % 2 == 1
    let weight = UnsafePointer(values.pointer + convolution.weight.offset)
    guard convolution.isUpsampling || eightBits != nil else {
      return pack(convolution, weight, isAdjoint: isAdjoint)
    }
    // Both directions have the kernel that is made of the weight.
    guard !isAdjoint else { return }
    var kernel = weight
    if let made = expanded[convolution.index]?.pointer {
      UpsamplingKernel.expand(weight, into: made, a: convolution.a, b: convolution.b)
      if eightBits != nil {
        kernels.round(made, into: made, count: convolution.kernelCount, .weight)
      }
      kernel = UnsafePointer(made)
    } else if let eightBits {
      let rounded = eightBits.pointer + convolution.weight.offset
      kernels.round(weight, into: rounded, count: convolution.weight.count, .weight)
      kernel = UnsafePointer(rounded)
    }
    pack(convolution, kernel, isAdjoint: false)
    pack(convolution, kernel, isAdjoint: true)
  }

  private func pack(
    _ convolution: Convolution, _ source: UnsafePointer<Float>, isAdjoint: Bool
  ) {
    let (a, b) = (convolution.a, convolution.b)
    let offsets = offsets[convolution.index]
    if convolution.goesByWinograd(with: kernels, operand) {
      for offset in isAdjoint ? offsets.adjoint : offsets.forward {
        WinogradWeights.pack(
          source, into: packed.pointer + offset, a: a, b: b, isAdjoint: isAdjoint,
          kernels: kernels, operand: operand)
      }
    } else if isAdjoint {
      for (phase, offset) in zip(convolution.adjointPhases, offsets.adjoint) {
        phase.pack(
          source, into: packed.pointer + offset, tapStride: convolution.tapStride, reduced: (b, 1),
          channels: (a, b), kernels: kernels, operand: operand)
      }
    } else {
      for (phase, offset) in zip(convolution.forwardPhases, offsets.forward) {
        phase.pack(
          source, into: packed.pointer + offset, tapStride: convolution.tapStride, reduced: (a, b),
          channels: (b, 1), kernels: kernels, operand: operand)
      }
    }
  }

  /// What `pack` does: reads the weights and writes them, in bf16 half as much.
  public func work(packing part: Int) -> Work {
    let convolution = layout.convolutions[part / 2]
    let values = convolution.weight.count * (operand == wb_pack_bf16 ? 3 : 4) / 2
    return Work(
      "weight packing", .update,
      shape: "\(convolution.inputChannels)→\(convolution.outputChannels)",
      bytes: Double(values * MemoryLayout<Float>.stride))
  }

  /// Packs every part, on this thread.
  public func packAll() {
    for part in 0..<parts { pack(part) }
  }

  /// A layer's weight as its products take it, where operands are of 8 bits; nil elsewhere.
  func eightBits(_ convolution: Convolution) -> UnsafePointer<Float>? {
    eightBits.map { UnsafePointer($0.pointer + convolution.weight.offset) }
  }

  func forward(_ convolution: Convolution, phase: Int) -> UnsafePointer<Float> {
    UnsafePointer(packed.pointer + offsets[convolution.index].forward[phase])
  }

  func adjoint(_ convolution: Convolution, phase: Int) -> UnsafePointer<Float> {
    UnsafePointer(packed.pointer + offsets[convolution.index].adjoint[phase])
  }
}
