package import CKernels

typealias Operand = wb_operand

/// The kernels of one instruction set.
public struct KernelSet: @unchecked Sendable, Hashable, CustomStringConvertible {
  // A pointer to a constant table that lives as long as the program: safe to share.
  package let table: UnsafePointer<wb_kernels>
  /// Whether convolutions that `Convolution.suitsWinograd` go by Winograd's algorithm: about three times as fast, their
  /// rounding errors about 1.7 times as large.
  public private(set) var usesWinograd = true

  /// All sets there are, best first; a machine has some of them.
  public static let names = ["avx512bf16", "avx512", "avx2", "portable"]

  /// The best this machine runs.
  public static var best: KernelSet { KernelSet(table: wb_kernels_best()) }

  /// Those this machine runs, best first.
  public static var available: [KernelSet] { names.compactMap(KernelSet.init(named:)) }

  /// Nil if there is none of that name or this machine cannot run it.
  public init?(named name: String) {
    guard let table = wb_kernels_named(name) else { return nil }
    self.table = table
  }

  private init(table: UnsafePointer<wb_kernels>) {
    self.table = table
  }

  /// The same kernels, every convolution computed directly.
  public var withoutWinograd: KernelSet {
    var kernels = self
    kernels.usesWinograd = false
    return kernels
  }

  public var description: String { String(cString: table.pointee.name) }
  /// Whether bf16 products are the processor's own; else they are emulated: slower, same meaning.
  public var hasNativeBF16: Bool { table.pointee.native_bf16 != 0 }
  var lanes: Int { Int(table.pointee.lanes) }

  func operand(for precision: Precision) -> Operand {
    switch precision {
    case .fp32: wb_round_none
    case .bf16: hasNativeBF16 ? wb_pack_bf16 : wb_round_bf16
    case .fp16: wb_round_fp16
    }
  }
}

extension Operand {
  /// Units that so many channels of a pixel take.
  func units(_ channels: Int) -> Int {
    self == wb_pack_bf16 ? (channels + 1) / 2 : channels
  }
}
