import CKernels

extension Tape {
  /// (N, H, W, inputs) → (N, H', W', outputs): convolution and bias.
  ///
  /// - Parameters:
  ///   - residual: added to the output, of its shape.
  ///   - vector: added to each pixel of an image, (N, 1, 1, outputs).
  public func convolution(
    _ x: Tensor, _ layer: Convolution, adding residual: Tensor? = nil,
    spreading vector: Tensor? = nil
  ) -> Tensor {
    precondition(x.shape.channels == layer.inputChannels, "\(layer.weight.name): channels")
    let size = layer.outputSize(height: x.shape.height, width: x.shape.width)
    let y = output(
      Shape(
        count: x.shape.count, height: size.height, width: size.width,
        channels: layer.outputChannels))
    precondition(residual == nil || residual?.shape == y.shape, "\(layer.weight.name): residual")
    let bias = Bias(
      shared: value(of: layer.bias), vectors: vector.map { UnsafePointer($0.data) })
    let add = residual.map { UnsafePointer($0.data) }
    if layer.isTransposed {
      gatherAdjoint(layer, from: x.data, to: y.data, shapeA: y.shape, bias: bias, adding: add)
    } else {
      gatherForward(layer, from: x.data, to: y.data, shapeA: x.shape, bias: bias, adding: add)
    }
    record { [unowned self] in
      guard let dy = gradient(of: y) else { return }
      sumBias(of: layer, dy, shape: y.shape, vector: vector)
      if layer.isTransposed {
        reduceWeights(layer, a: dy, b: x.data, shapeA: y.shape)
        if let (dx, adds) = accumulator(for: x) {
          gatherForward(layer, from: dy, to: dx, shapeA: y.shape, adding: adds ? .init(dx) : nil)
        }
      } else {
        reduceWeights(layer, a: x.data, b: dy, shapeA: x.shape)
        if let (dx, adds) = accumulator(for: x) {
          gatherAdjoint(layer, from: dy, to: dx, shapeA: x.shape, adding: adds ? .init(dx) : nil)
        }
      }
      if let residual { passOn(dy, to: residual) }
    }
    return y
  }

  /// What is added to all pixels: (channels), and beside it (channels) for each image.
  struct Bias {
    var shared: UnsafePointer<Float>
    var vectors: UnsafePointer<Float>?
  }

  /// ∂loss/∂bias, and ∂loss/∂vector for each image, from ∂loss/∂y.
  private func sumBias(
    of layer: Convolution, _ dy: UnsafePointer<Float>, shape: Shape, vector: Tensor?
  ) {
    let table = workspace.kernels.table.pointee
    let channels = Int32(shape.channels)
    guard let vector, let (dvector, adds) = accumulator(for: vector) else {
      return table.column_sums(
        gradient(of: layer.bias), dy, Int32(shape.count * shape.pixels), channels, 1)
    }
    precondition(!adds, "\(layer.weight.name): a vector is spread by one layer only")
    for image in 0..<shape.count {
      table.column_sums(
        dvector + image * shape.channels, dy + image * shape.stride, Int32(shape.pixels), channels,
        0)
    }
    table.column_sums(gradient(of: layer.bias), dvector, Int32(shape.count), channels, 1)
  }

  /// A → B.
  private func gatherForward(
    _ layer: Convolution, from a: UnsafePointer<Float>, to b: UnsafeMutablePointer<Float>,
    shapeA: Shape, bias: Bias? = nil, adding add: UnsafePointer<Float>? = nil
  ) {
    if layer.goesByWinograd(with: workspace.kernels) {
      return winograd(
        a, weights.forward(layer, phase: 0), bias, add, to: b, shape: shapeA, from: layer.a,
        to: layer.b)
    }
    let geometry = workspace.geometry(layer, height: shapeA.height, width: shapeA.width)
    let strideB = geometry.heightB * geometry.widthB * layer.b
    for (first, count) in groups(of: shapeA.count, geometry.group) {
      let padded = padded(
        a + first * shapeA.stride, .a, images: count, height: shapeA.height, width: shapeA.width,
        channels: layer.a, geometry.border, size: geometry.group * geometry.paddedA)
      for (phase, gather) in geometry.forward.enumerated() {
        self.gather(
          gather, padded, weights.forward(layer, phase: phase), bias, add,
          to: b, images: first..<(first + count), stride: strideB, sourceStride: geometry.paddedA,
          channels: layer.b)
      }
    }
  }

  /// B → A.
  private func gatherAdjoint(
    _ layer: Convolution, from b: UnsafePointer<Float>, to a: UnsafeMutablePointer<Float>,
    shapeA: Shape, bias: Bias? = nil, adding add: UnsafePointer<Float>? = nil
  ) {
    if layer.goesByWinograd(with: workspace.kernels) {
      return winograd(
        b, weights.adjoint(layer, phase: 0), bias, add, to: a, shape: shapeA, from: layer.b,
        to: layer.a)
    }
    let geometry = workspace.geometry(layer, height: shapeA.height, width: shapeA.width)
    let strideB = geometry.heightB * geometry.widthB * layer.b
    for (first, count) in groups(of: shapeA.count, geometry.group) {
      let padded = padded(
        b + first * strideB, .b, images: count, height: geometry.heightB, width: geometry.widthB,
        channels: layer.b, geometry.border, size: geometry.group * geometry.paddedB)
      for (phase, gather) in geometry.adjoint.enumerated() {
        self.gather(
          gather, padded, weights.adjoint(layer, phase: phase), bias, add,
          to: a, images: first..<(first + count), stride: shapeA.stride,
          sourceStride: geometry.paddedB, channels: layer.a)
      }
    }
  }

  /// Images as a gather reads them: rounded, with a border of zeros. As they are where that changes nothing.
  private func padded(
    _ source: UnsafePointer<Float>, _ use: Workspace.Scratch, images: Int, height: Int, width: Int,
    channels: Int, _ border: Int, size: Int
  ) -> UnsafePointer<Float> {
    if border == 0 && workspace.operand == wb_round_none { return source }
    let padded = workspace.scratch(use, size)
    workspace.kernels.table.pointee.pad(
      padded, source, Int32(images), Int32(height), Int32(width), Int32(channels), Int32(border),
      workspace.operand)
    return UnsafePointer(padded)
  }

  private func gather(
    _ gather: ConvolutionGeometry.Gather, _ source: UnsafePointer<Float>,
    _ packed: UnsafePointer<Float>, _ bias: Bias?, _ add: UnsafePointer<Float>?,
    to target: UnsafeMutablePointer<Float>, images: Range<Int>, stride: Int, sourceStride: Int,
    channels: Int
  ) {
    let table = workspace.kernels.table.pointee
    let kernel = workspace.operand == wb_pack_bf16 ? table.gather_bf16 : table.gather
    gather.source.withUnsafeBufferPointer { from in
      gather.target.withUnsafeBufferPointer { to in
        gather.segment.withUnsafeBufferPointer { segment in
          var tables = wb_gather(
            source: from.baseAddress, target: to.baseAddress, segment: segment.baseAddress,
            segments: gather.segments, run: gather.run)
          guard let bias, let vectors = bias.vectors else {
            let start = images.lowerBound * stride
            kernel?(
              source, packed, bias?.shared, add.map { $0 + start }, target + start, &tables,
              Int32(images.count * gather.pixels), Int32(channels))
            return
          }
          let sum = workspace.scratch(.bias, channels)
          for (place, image) in images.enumerated() {
            table.add(sum, bias.shared, vectors + image * channels, channels)
            kernel?(
              source + place * sourceStride, packed, sum, add.map { $0 + image * stride },
              target + image * stride, &tables, Int32(gather.pixels), Int32(channels))
          }
        }
      }
    }
  }

  /// ∂loss/∂W[tap][a][b] += Σ over images and pixels of A (at the tap) · B.
  private func reduceWeights(
    _ layer: Convolution, a: UnsafePointer<Float>, b: UnsafePointer<Float>, shapeA: Shape
  ) {
    if reducesByWinograd(layer, shape: shapeA) {
      return winogradReduce(layer, a: a, b: b, shape: shapeA)
    }
    let geometry = workspace.geometry(layer, height: shapeA.height, width: shapeA.width)
    let strideB = geometry.heightB * geometry.widthB * layer.b
    let gradient =
      layer.isUpsampling
      ? workspace.scratch(.kernel, layer.kernelCount) : gradient(of: layer.weight)
    if layer.isUpsampling { gradient.update(repeating: 0, count: layer.kernelCount) }
    let table = workspace.kernels.table.pointee
    let usesPairs = workspace.operand == wb_pack_bf16
    let kernel = usesPairs ? table.outer_bf16 : table.outer
    for (first, count) in groups(of: shapeA.count, geometry.group) {
      let (fromA, fromB) = (a + first * shapeA.stride, b + first * strideB)
      let left: UnsafePointer<Float>
      let right: UnsafePointer<Float>
      if usesPairs {
        let pairsA = workspace.scratch(.aPairs, geometry.group * geometry.pairsA)
        let pairsB = workspace.scratch(.bPairs, geometry.group * geometry.pairsB)
        (left, right) = (UnsafePointer(pairsA), UnsafePointer(pairsB))
        pairsA.withMemoryRebound(to: UInt32.self, capacity: 1) {
          table.pad_pairs(
            $0, fromA, Int32(count), Int32(shapeA.height), Int32(shapeA.width), Int32(layer.a),
            Int32(geometry.border), Int32(layer.stride), 1)
        }
        pairsB.withMemoryRebound(to: UInt32.self, capacity: 1) {
          table.pad_pairs(
            $0, fromB, Int32(count), Int32(geometry.heightB), Int32(geometry.widthB),
            Int32(layer.b), 0, 1, 2)
        }
      } else {
        left = padded(
          fromA, .a, images: count, height: shapeA.height, width: shapeA.width, channels: layer.a,
          geometry.border, size: geometry.group * geometry.paddedA)
        right = padded(
          fromB, .b, images: count, height: geometry.heightB, width: geometry.widthB,
          channels: layer.b, geometry.border, size: geometry.group * geometry.paddedB)
      }
      geometry.reduceLeft.withUnsafeBufferPointer { lefts in
        geometry.reduceRight.withUnsafeBufferPointer { rights in
          var tables = wb_reduce(left: lefts.baseAddress, right: rights.baseAddress)
          for row in 0..<layer.kernel {
            kernel?(
              left + row * geometry.reduceRowStride, right,
              gradient + row * layer.kernel * layer.a * layer.b, &tables,
              Int32(count * geometry.pointsPerImage), Int32(layer.kernel * layer.a),
              Int32(layer.b), 1)
          }
        }
      }
    }
    if layer.isUpsampling {
      UpsamplingKernel.addGradient(
        gradient, to: self.gradient(of: layer.weight), a: layer.a, b: layer.b)
    }
  }

  private func groups(of count: Int, _ size: Int) -> some Sequence<(first: Int, count: Int)> {
    stride(from: 0, to: count, by: size).lazy.map { ($0, min(size, count - $0)) }
  }
}
