package import CKernels

typealias Operand = wb_operand

/// The kernels of one instruction set.
public struct KernelSet: @unchecked Sendable, Hashable, CustomStringConvertible {
  // Pointers to constant tables that live as long as the program: safe to share.
  private let set: UnsafePointer<wb_kernel_set>
  package let table: UnsafePointer<wb_kernels>
  /// Whether convolutions that `Convolution.suitsWinograd` go by Winograd's algorithm: about three times as fast, their
  /// rounding errors about 1.7 times as large.
  public private(set) var usesWinograd = true

  // The C layer's table, whose order it is everywhere.
  nonisolated(unsafe) private static let sets = Array(
    sequence(state: 0) { index in
      defer { index += 1 }
      return wb_kernel_set_at(index)
    })

  /// All sets there are, best first, and what they need of the processor, in words; a machine has some of them.
  public static let all = sets.map {
    (name: String(cString: $0.pointee.name), needs: String(cString: $0.pointee.needs))
  }

  /// Those this machine runs, best first.
  public static let available = sets.compactMap(KernelSet.init)

  /// The best this machine runs.
  public static let best = available[0]

  /// Nil if there is none of that name or this machine cannot run it.
  public init?(named name: String) {
    guard let set = Self.available.first(where: { $0.description == name }) else { return nil }
    self = set
  }

  private init?(_ set: UnsafePointer<wb_kernel_set>) {
    guard set.pointee.runs_here() != 0, let table = set.pointee.kernels else { return nil }
    self.set = set
    self.table = table
  }

  /// The same kernels, every convolution computed directly.
  public var withoutWinograd: KernelSet {
    var kernels = self
    kernels.usesWinograd = false
    return kernels
  }

  /// The set's name: `avx512`, `portable` …
  public var description: String { String(cString: set.pointee.name) }
  /// Whether bf16 products are the processor's own; else they are emulated: slower, same meaning.
  public var hasNativeBF16: Bool { table.pointee.native_bf16 != 0 }
  /// Floats of a vector.
  var vectorFloats: Int { Int(table.pointee.vector_floats) }

  func operand(for precision: Precision) -> Operand {
    switch precision {
    case .fp32: wb_round_none
    case .bf16: hasNativeBF16 ? wb_pack_bf16 : wb_round_bf16
    case .fp16: wb_round_fp16
    // Rounded with their scales before kernels see them.
    case .fp8: wb_round_none
    }
  }
}

extension Operand {
  /// Units that `channels` channels of a pixel take.
  func units(_ channels: Int) -> Int {
    self == wb_pack_bf16 ? (channels + 1) / 2 : channels
  }
}
