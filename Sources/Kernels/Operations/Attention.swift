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
    let settings = wb_attention(
      tokens: Int32(shape.pixels), size: Int32(size), stride: Int32(shape.channels),
      scale: 1 / Float(size).squareRoot(), operand: workspace.operand)
    let table = workspace.kernels.table.pointee
    let usesPairs = workspace.operand == wb_pack_bf16
    let forward = usesPairs ? table.attention_bf16 : table.attention
    let backward = usesPairs ? table.attention_backward_bf16 : table.attention_backward
    let needed =
      Int(wb_attention_scratch(settings.tokens, settings.size, table.vector_floats)) / 64 * 16 + 16
    let flops = 4 * Double(shape.pixels * shape.elements)
    // Where each head of each image starts.
    let starts = (0..<(shape.count * heads)).map { $0 / heads * shape.stride + $0 % heads * size }
    measured(Work("attention", .forward, shape, flops: flops, touching: 4 * shape.elements)) {
      let scratch = workspace.scratch(.attention, workspace.threads * needed)
      workspace.share(work: Int(flops) / 2) { share in
        for index in share.of(starts.count) {
          let start = starts[index]
          withUnsafePointer(to: settings) {
            forward?(
              y.data + start, normalizers + 2 * shape.pixels * index, q.data + start,
              k.data + start, v.data + start, $0, scratch + share.index * needed)
          }
        }
      }
    }
    record(Work("attention", .backward, shape, flops: 2 * flops, touching: 8 * shape.elements)) {
      [unowned self] in
      guard let dy = gradient(of: y), let dq = zeroedAccumulator(for: q),
        let dk = zeroedAccumulator(for: k), let dv = zeroedAccumulator(for: v)
      else { return }
      let scratch = workspace.scratch(.attention, needed)
      for (index, start) in starts.enumerated() {
        withUnsafePointer(to: settings) {
          backward?(
            dq + start, dk + start, dv + start, dy + start, y.data + start,
            normalizers + 2 * shape.pixels * index, q.data + start, k.data + start,
            v.data + start, $0, scratch)
        }
      }
    }
    return y
  }
}
