import CKernels

// Winograd's F(4×4, 3×3) (Lavin & Gray 2016), for the convolutions that gain by it: 36 products for each 4×4 pixels and
// pair of channels instead of 144. The formulas are in CKernels' winograd.h.

extension Convolution {
  /// Whether Winograd's algorithm is for this layer: 3×3, stride 1, and channels enough to pay for the transforms, none
  /// of them constant.
  ///
  /// It depends on the layer alone, so neither batch nor image size nor machine changes the bits.
  var suitsWinograd: Bool {
    kernel == 3 && stride == 1 && min(a, b) >= 8 && constants == 0
  }

  /// The processor's own bf16 products are twice as many a second: there Winograd's algorithm gains too little on wide
  /// layers to be worth four times the memory for their weights.
  func goesByWinograd(with kernels: KernelSet, _ operand: Operand) -> Bool {
    kernels.usesWinograd && suitsWinograd && (operand != wb_pack_bf16 || min(a, b) <= 64)
  }
}

/// Weights as Winograd's kernels read them: 36 for each pair of channels.
enum WinogradWeights {
  static func count(reduced: Int, channels: Int, kernels: KernelSet) -> Int {
    wb_winograd_packed_size(Int32(reduced), Int32(channels), Int32(kernels.vectorFloats))
  }

  /// - Parameter weights: [9][a][b].
  /// - Parameter isAdjoint: from b to a with the taps backwards, instead of a to b.
  static func pack(
    _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, a: Int, b: Int,
    isAdjoint: Bool, kernels: KernelSet, operand: Operand
  ) {
    let (a, b) = (Int32(a), Int32(b))
    kernels.table.pointee.winograd_pack(
      packed, weights, isAdjoint ? 1 : 0, a * b, isAdjoint ? b : a, isAdjoint ? 1 : b,
      isAdjoint ? a : b, isAdjoint ? b : 1, operand)
  }
}

extension Tape {
  /// Images of `from` channels → as many of `to` channels, with biases and `add`, which may be the target.
  func winograd(
    _ source: UnsafePointer<Float>, _ packed: UnsafePointer<Float>, _ bias: Bias?,
    _ add: UnsafePointer<Float>?, to target: UnsafeMutablePointer<Float>, shape: Shape, from: Int,
    to: Int
  ) {
    let source = rounded(source, .a, count: shape.count * shape.pixels * from)
    let whole = wb_winograd(shape, from: from, to: to)
    let needed = withUnsafePointer(to: whole) {
      wb_winograd_scratch($0, Int32(workspace.kernels.vectorFloats)) / 16 * 16 + 16
    }
    let scratch = workspace.scratch(.winograd, workspace.threads * needed)
    let table = workspace.kernels.table.pointee
    workspace.share(work: shape.count * shape.pixels * from * to) { share in
      var images = whole
      let tiles = share.of(Int(whole.tiles))
      (images.first, images.tiles) = (Int32(tiles.lowerBound), Int32(tiles.count))
      table.winograd(
        source, packed, bias?.values, Int32(bias?.stride ?? 0), add, target, &images,
        scratch + share.index * needed)
    }
  }

  /// Fewer than sixteen tiles are not worth the way to the 36 products' gradients and back.
  func reducesByWinograd(_ layer: Convolution, shape: Shape) -> Bool {
    layer.goesByWinograd(with: workspace.kernels, workspace.operand)
      && wb_winograd(shape, from: layer.a, to: layer.b).tiles >= 16
  }

  /// ∂loss/∂W[tap][a][b] += Σ over images and pixels of A (at the tap) · B.
  func winogradReduce(
    _ layer: Convolution, a: UnsafePointer<Float>, b: UnsafePointer<Float>, shape: Shape
  ) {
    let pixels = shape.count * shape.pixels
    let a = rounded(a, .a, count: pixels * layer.a)
    let b = rounded(b, .b, count: pixels * layer.b)
    var images = wb_winograd(shape, from: layer.a, to: layer.b)
    let scratch = workspace.scratch(
      .winograd, wb_winograd_reduce_scratch(&images, Int32(workspace.kernels.vectorFloats)))
    workspace.kernels.table.pointee.winograd_reduce(
      a, b, gradient(of: layer.weight), &images, scratch)
  }

  /// Operands in the precision's format, kept in 32 bits.
  private func rounded(
    _ values: UnsafePointer<Float>, _ use: Workspace.Scratch, count: Int
  ) -> UnsafePointer<Float> {
    if workspace.operand == wb_round_none { return values }
    let rounded = workspace.scratch(use, count)
    workspace.kernels.table.pointee.round(
      rounded, values, count,
      workspace.operand == wb_round_fp16 ? wb_round_fp16 : wb_round_bf16)
    return UnsafePointer(rounded)
  }
}

extension wb_winograd {
  fileprivate init(_ shape: Shape, from: Int, to: Int) {
    let side = Int(wb_winograd_side)
    let tiles =
      shape.count * ((shape.height + side - 1) / side) * ((shape.width + side - 1) / side)
    self.init(
      height: Int32(shape.height), width: Int32(shape.width), from: Int32(from), to: Int32(to),
      first: 0, tiles: Int32(tiles))
  }
}
