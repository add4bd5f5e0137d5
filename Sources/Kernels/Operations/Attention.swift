private import CKernels

extension Tape {
  /// Self-attention over the pixels of each image (Vaswani 2017, eq. 1): softmax(q·kᵀ/√d)·v, in heads of d channels
  /// that lie side by side.
  ///
  /// - Parameters:
  ///   - q, k, v: (N, H, W, C), alike.
  ///   - heads: C/d.
  /// - Returns: (N, H, W, C).
  public func attention(q: Tensor, k: Tensor, v: Tensor, heads: Int) -> Tensor {
    let shape = q.shape
    precondition(k.shape == shape && v.shape == shape && shape.channels % heads == 0)
    let y = output(shape)
    let size = shape.channels / heads
    let normalizers = workspace.arena.take(2 * shape.pixels * shape.count * heads)
    var settings = wb_attention(
      tokens: Int32(shape.pixels), size: Int32(size), stride: Int32(shape.channels),
      scale: 1 / Float(size).squareRoot(), operand: workspace.operand)
    let table = workspace.kernels.table.pointee
    let usesPairs = workspace.operand == wb_pack_bf16
    let forward = usesPairs ? table.attention_bf16 : table.attention
    let backward = usesPairs ? table.attention_backward_bf16 : table.attention_backward
    let needed = Int(wb_attention_scratch(settings.tokens, settings.size, table.lanes)) / 4
    let scratch = workspace.scratch(.attention, needed)
    let flops = 4 * Double(shape.pixels * shape.elements)
    meter?.begin()
    for (index, start) in eachHead(of: shape, heads, size) {
      forward?(
        y.data + start, normalizers + 2 * shape.pixels * index, q.data + start, k.data + start,
        v.data + start, &settings, scratch)
    }
    meter?.end(Work("attention", .forward, shape, flops: flops, touching: 4 * shape.elements))
    record(Work("attention", .backward, shape, flops: 2 * flops, touching: 8 * shape.elements)) {
      [unowned self] in
      guard let dy = gradient(of: y), let dq = zeroedAccumulator(for: q),
        let dk = zeroedAccumulator(for: k), let dv = zeroedAccumulator(for: v)
      else { return }
      let scratch = workspace.scratch(.attention, needed)
      for (index, start) in eachHead(of: shape, heads, size) {
        backward?(
          dq + start, dk + start, dv + start, dy + start, y.data + start,
          normalizers + 2 * shape.pixels * index, q.data + start, k.data + start, v.data + start,
          &settings, scratch)
      }
    }
    return y
  }

  /// Each head of each image: its place among all, and where it starts.
  private func eachHead(
    of shape: Shape, _ heads: Int, _ size: Int
  ) -> some Sequence<(index: Int, start: Int)> {
    (0..<(shape.count * heads)).lazy.map { ($0, $0 / heads * shape.stride + $0 % heads * size) }
  }
}
