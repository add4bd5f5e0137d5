import CKernels

/// One of the passes that a gather is made of: which taps it multiplies, and where they lie.
///
/// A convolution links pixel y of A with pixel i of B through tap j where y = stride·i + j − padding, for rows as for
/// columns. From A to B that is one phase. From B to A it is stride² of them, since even and odd rows and columns of
/// A see different taps.
struct GatherPhase: Sendable, Hashable {
  /// The taps that a row, or a column, of the output sees.
  struct Axis: Sendable, Hashable {
    /// In the order of the pixels they multiply.
    var taps: [Int]
    /// Where in the padded source the first of them lies for output 0 of the phase.
    var origin: Int
    /// Which rows of the output: those that leave this remainder when divided by the stride of the output.
    var remainder = 0
  }

  let rows: Axis
  let columns: Axis
  /// Taps of the whole kernel, rows.count · columns.count of them, row by row.
  let taps: [Int32]

  var segments: Int { rows.taps.count }
  var tapsPerRun: Int { columns.taps.count }

  init(rows: Axis, columns: Axis, kernel: Int) {
    self.rows = rows
    self.columns = columns
    taps = rows.taps.flatMap { y in columns.taps.map { x in Int32(kernel * y + x) } }
  }

  /// Zero pixels that are laid around both images, whatever the padding.
  static func border(kernel: Int) -> Int { kernel == 1 ? 0 : 1 }

  /// A → B.
  static func forward(kernel: Int, padding: Int) -> [GatherPhase] {
    let axis = Axis(taps: Array(0..<kernel), origin: border(kernel: kernel) - padding)
    return [GatherPhase(rows: axis, columns: axis, kernel: kernel)]
  }

  /// B → A.
  static func adjoint(kernel: Int, stride: Int, padding: Int) -> [GatherPhase] {
    let axes = (0..<stride).map { remainder in
      // Pixel stride·u + remainder meets pixel u + (remainder + padding − tap)/stride: taps descend as pixels ascend.
      let taps = (0..<kernel).reversed().filter { (remainder + padding - $0) % stride == 0 }
      let first = taps.first.map { (remainder + padding - $0) / stride } ?? 0
      return Axis(taps: taps, origin: first + border(kernel: kernel), remainder: remainder)
    }
    return axes.flatMap { row in
      axes.map { column in GatherPhase(rows: row, columns: column, kernel: kernel) }
    }
  }

  func packedCount(reduced: Int, channels: Int, kernels: KernelSet, operand: Operand) -> Int {
    Int(
      wb_packed_size(
        Int32(segments), Int32(tapsPerRun), Int32(reduced), Int32(channels),
        Int32(kernels.vectorFloats),
        operand))
  }

  func pack(
    _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, tapStride: Int,
    reduced: (count: Int, stride: Int), channels: (count: Int, stride: Int), kernels: KernelSet,
    operand: Operand
  ) {
    wb_pack_weights(
      packed, weights, taps, Int32(segments), Int32(tapsPerRun), Int32(tapStride),
      Int32(reduced.count), Int32(reduced.stride), Int32(channels.count), Int32(channels.stride),
      Int32(kernels.vectorFloats), operand)
  }
}
