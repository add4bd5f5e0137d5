private import CKernels

/// A network's parameter values and, of its convolutions, what the kernels read: weights packed for the
/// instruction set and rounded to the precision.
public final class Weights: @unchecked Sendable {
  public let layout: ParameterLayout
  public let values: AlignedBuffer
  let kernels: KernelSet
  let operand: Operand
  private let packed: AlignedBuffer
  private let offsets: [PackedOffsets]
  /// Kernels that are not the weight itself, by the convolution's place.
  private let expanded: [Int: AlignedBuffer]

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
    packed = AlignedBuffer(count: total + wb_slack / 4)
  }

  /// Packs the weights of one convolution, after the values have changed. Different convolutions may be packed at
  /// once by different threads.
  public func pack(_ index: Int) {
    let convolution = layout.convolutions[index]
    let (a, b, tapStride) = (convolution.a, convolution.b, convolution.tapStride)
    var source = values.pointer + convolution.weight.offset
    if let kernel = expanded[index]?.pointer {
      UpsamplingKernel.expand(source, into: kernel, a: a, b: b)
      source = kernel
    }
    if convolution.goesByWinograd(with: kernels, operand) {
      for (offsets, isAdjoint) in [
        (offsets[index].forward, false), (offsets[index].adjoint, true),
      ] {
        for offset in offsets {
          WinogradWeights.pack(
            source, into: packed.pointer + offset, a: a, b: b, isAdjoint: isAdjoint,
            kernels: kernels, operand: operand)
        }
      }
      return
    }
    for (phase, offset) in zip(convolution.forwardPhases, offsets[index].forward) {
      phase.pack(
        source, into: packed.pointer + offset, tapStride: tapStride, reduced: (a, b),
        channels: (b, 1),
        kernels: kernels, operand: operand)
    }
    for (phase, offset) in zip(convolution.adjointPhases, offsets[index].adjoint) {
      phase.pack(
        source, into: packed.pointer + offset, tapStride: tapStride, reduced: (b, 1),
        channels: (a, b),
        kernels: kernels, operand: operand)
    }
  }

  /// What `pack` does: reads the weights twice, writes them for both directions.
  public func work(packing index: Int) -> Work {
    let convolution = layout.convolutions[index]
    let values = (operand == wb_pack_bf16 ? 3 : 4) * convolution.weight.count
    return Work(
      "weight packing", .update,
      shape: "\(convolution.inputChannels)→\(convolution.outputChannels)",
      bytes: Double(values * MemoryLayout<Float>.stride))
  }

  public func packAll() {
    for index in layout.convolutions.indices { pack(index) }
  }

  func forward(_ convolution: Convolution, phase: Int) -> UnsafePointer<Float> {
    UnsafePointer(packed.pointer + offsets[convolution.index].forward[phase])
  }

  func adjoint(_ convolution: Convolution, phase: Int) -> UnsafePointer<Float> {
    UnsafePointer(packed.pointer + offsets[convolution.index].adjoint[phase])
  }
}
