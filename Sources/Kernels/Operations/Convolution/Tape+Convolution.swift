import CKernels

extension Tape {
  /// (N, H, W, inputs) → (N, H', W', outputs): convolution and bias.
  ///
  /// - Parameters:
  ///   - residual: added to the output, of its shape.
  ///   - offset: added to each pixel of an image, (N, 1, 1, outputs).
  public func convolution(
    _ x: Tensor, _ layer: Convolution, adding residual: Tensor? = nil,
    offset: Tensor? = nil
  ) -> Tensor {
    precondition(x.shape.channels == layer.inputChannels, "\(layer.weight.name): channels")
    precondition(layer.constants == 0, "\(layer.weight.name): the constant channels are missing")
    let size = layer.outputSize(height: x.shape.height, width: x.shape.width)
    let y = output(
      Shape(
        count: x.shape.count, height: size.height, width: size.width,
        channels: layer.outputChannels))
    precondition(residual == nil || residual?.shape == y.shape, "\(layer.weight.name): residual")
    let bias = bias(of: layer, offset: offset)
    let add = residual.map { UnsafePointer($0.data) }
    observe(.activation, layer, x.data, x.shape)
    let source = operand(x.data, x.shape, .activation)
    meter?.begin()
    if layer.isTransposed {
      gatherAdjoint(layer, from: source, to: y.data, shapeA: y.shape, bias: bias, adding: add)
    } else {
      gatherForward(layer, from: source, to: y.data, shapeA: x.shape, bias: bias, adding: add)
    }
    meter?.end(Work(.forward, layer, x.shape))
    record(Work("bias gradient", .backward, y.shape, touching: y.shape.elements)) {
      [unowned self] in
      guard let dy = gradient(of: y) else { return }
      sumBias(of: layer, dy, shape: y.shape, offset: offset)
      observe(.gradient, layer, dy, y.shape)
      let (from, source) = (
        operand(dy, y.shape, .gradient), operand(x.data, x.shape, .activation)
      )
      measured(Work(.weightGradient, layer, x.shape)) {
        if layer.isTransposed {
          reduceWeights(layer, a: from, b: source, shapeA: y.shape)
        } else {
          reduceWeights(layer, a: source, b: from, shapeA: x.shape)
        }
      }
      if let (dx, adds) = accumulator(for: x) {
        let add = adds ? UnsafePointer(dx) : nil
        measured(Work(.dataGradient, layer, x.shape)) {
          if layer.isTransposed {
            gatherForward(layer, from: from, to: dx, shapeA: y.shape, adding: add)
          } else {
            gatherAdjoint(layer, from: from, to: dx, shapeA: x.shape, adding: add)
          }
        }
      }
      if let residual { passOn(dy, to: residual) }
    }
    return y
  }

  /// What is added to each pixel: (channels), of each image its own where there is a stride.
  struct Bias {
    var values: UnsafePointer<Float>
    var stride = 0
  }

  private func bias(of layer: Convolution, offset: Tensor?) -> Bias {
    let shared = value(of: layer.bias)
    guard let offset else { return Bias(values: shared) }
    let channels = layer.outputChannels
    let sums = workspace.arena.take(offset.shape.elements)
    for image in 0..<offset.shape.count {
      workspace.kernels.table.pointee.add(
        sums + image * channels, shared, offset.data + image * channels, channels)
    }
    return Bias(values: UnsafePointer(sums), stride: channels)
  }

  /// ∂loss/∂bias, and ∂loss/∂offset of each image, from ∂loss/∂y.
  private func sumBias(
    of layer: Convolution, _ dy: UnsafePointer<Float>, shape: Shape, offset: Tensor?
  ) {
    let table = workspace.kernels.table.pointee
    let channels = Int32(shape.channels)
    guard let offset, let (doffset, adds) = accumulator(for: offset) else {
      return table.column_sums(
        gradient(of: layer.bias), dy, Int32(shape.count * shape.pixels), channels, 1)
    }
    precondition(!adds, "\(layer.weight.name): an offset is one layer's alone")
    for image in 0..<shape.count {
      table.column_sums(
        doffset + image * shape.channels, dy + image * shape.stride, Int32(shape.pixels), channels,
        0)
    }
    table.column_sums(gradient(of: layer.bias), doffset, Int32(shape.count), channels, 1)
  }

  /// A → B.
  private func gatherForward(
    _ layer: Convolution, from a: UnsafePointer<Float>, to b: UnsafeMutablePointer<Float>,
    shapeA: Shape, bias: Bias? = nil, adding add: UnsafePointer<Float>? = nil
  ) {
    if layer.goesByWinograd(with: workspace.kernels, workspace.operand) {
      return winograd(
        a, weights.forward(layer, phase: 0), bias, add, to: b, shape: shapeA, from: layer.a,
        to: layer.b)
    }
    let geometry = workspace.geometry(layer, height: shapeA.height, width: shapeA.width)
    let strideB = geometry.heightB * geometry.widthB * layer.b
    for (first, count) in groups(of: shapeA.count, geometry.group) {
      let padded = padded(
        a + first * shapeA.stride, .a, images: count, shapeA, geometry, units: geometry.paddedA)
      workspace.share(work: count * layer.multiplyAdds(geometry)) { [self] share in
        for (phase, gather) in geometry.forward.enumerated() {
          self.gather(
            gather, padded, weights.forward(layer, phase: phase), bias, add, to: b,
            images: first..<(first + count), stride: strideB, sourceStride: geometry.paddedA,
            channels: layer.b, share)
        }
      }
    }
  }

  /// B → A.
  func gatherAdjoint(
    _ layer: Convolution, from b: UnsafePointer<Float>, to a: UnsafeMutablePointer<Float>,
    shapeA: Shape, bias: Bias? = nil, adding add: UnsafePointer<Float>? = nil
  ) {
    if layer.goesByWinograd(with: workspace.kernels, workspace.operand) {
      return winograd(
        b, weights.adjoint(layer, phase: 0), bias, add, to: a, shape: shapeA, from: layer.b,
        to: layer.a)
    }
    let geometry = workspace.geometry(layer, height: shapeA.height, width: shapeA.width)
    let strideB = geometry.heightB * geometry.widthB * layer.b
    for (first, count) in groups(of: shapeA.count, geometry.group) {
      let padded = padded(
        b + first * strideB, .b, images: count, geometry.shapeB(layer), geometry,
        units: geometry.paddedB)
      workspace.share(work: count * layer.multiplyAdds(geometry)) { [self] share in
        for (phase, gather) in geometry.adjoint.enumerated() {
          self.gather(
            gather, padded, weights.adjoint(layer, phase: phase), bias, add, to: a,
            images: first..<(first + count), stride: shapeA.stride,
            sourceStride: geometry.paddedB, channels: layer.a, share)
        }
      }
    }
  }

  /// Images as a gather reads them: rounded, with a border of zeros. As they are where that changes nothing.
  /// - Parameters:
  ///   - shape: of an image.
  ///   - units: of an image with its border.
  func padded(
    _ source: UnsafePointer<Float>, _ use: Workspace.Scratch, images: Int, _ shape: Shape,
    _ geometry: ConvolutionGeometry, units: Int
  ) -> UnsafePointer<Float> {
    if geometry.border == 0 && workspace.operand == wb_round_none { return source }
    let padded = workspace.scratch(use, geometry.group * units)
    measured(Work(padding: images, shape, units: units)) {
      workspace.kernels.table.pointee.pad(
        padded, source, Int32(images), Int32(shape.height), Int32(shape.width),
        Int32(shape.channels), Int32(geometry.border), workspace.operand)
    }
    return UnsafePointer(padded)
  }

  /// One phase over the images of a group, or a share of their pixels.
  private func gather(
    _ gather: ConvolutionGeometry.Gather, _ source: UnsafePointer<Float>,
    _ packed: UnsafePointer<Float>, _ bias: Bias?, _ add: UnsafePointer<Float>?,
    to target: UnsafeMutablePointer<Float>, images: Range<Int>, stride: Int, sourceStride: Int,
    channels: Int, _ share: Share
  ) {
    let table = workspace.kernels.table.pointee
    let kernel = workspace.operand == wb_pack_bf16 ? table.gather_bf16 : table.gather
    // Images go together unless each has a bias of its own.
    let together = bias.map { $0.stride == 0 } ?? true ? images.count : 1
    for image in Swift.stride(from: images.lowerBound, to: images.upperBound, by: together) {
      let pixels = share.of(together * gather.pixels)
      let start = image * stride
      gather.withTables(from: pixels.lowerBound) { tables in
        kernel?(
          source + (image - images.lowerBound) * sourceStride, packed,
          bias.map { $0.values + image * $0.stride }, add.map { $0 + start }, target + start,
          &tables, Int32(pixels.count), Int32(channels))
      }
    }
  }

  /// ∂loss/∂W[tap][a][b] of A's own channels += Σ over images and pixels of A (at the tap) · B.
  /// - Parameter other: [tap][a][b]; nil: the layer's own, which an upsampling layer's is made into.
  func reduceWeights(
    _ layer: Convolution, a: UnsafePointer<Float>, b: UnsafePointer<Float>, shapeA: Shape,
    into other: UnsafeMutablePointer<Float>? = nil
  ) {
    if reducesByWinograd(layer, shape: shapeA) {
      return winogradReduce(layer, a: a, b: b, shape: shapeA)
    }
    let geometry = workspace.geometry(layer, height: shapeA.height, width: shapeA.width)
    let strideB = geometry.heightB * geometry.widthB * layer.b
    let gradient =
      other
      ?? (layer.isUpsampling
        ? workspace.scratch(.kernel, layer.kernelCount) : self.gradient(of: layer.weight))
    if layer.isUpsampling { gradient.update(repeating: 0, count: layer.kernelCount) }
    let table = workspace.kernels.table.pointee
    let usesPairs = workspace.operand == wb_pack_bf16
    let kernel = usesPairs ? table.outer_bf16 : table.outer
    for (first, count) in groups(of: shapeA.count, geometry.group) {
      let (fromA, fromB) = (a + first * shapeA.stride, b + first * strideB)
      let left: UnsafePointer<Float>
      let right: UnsafePointer<Float>
      if usesPairs {
        (left, right) = pairs(fromA, fromB, images: count, shapeA, layer, geometry)
      } else {
        left = padded(fromA, .a, images: count, shapeA, geometry, units: geometry.paddedA)
        right = padded(
          fromB, .b, images: count, geometry.shapeB(layer), geometry, units: geometry.paddedB)
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

  /// Both images in bf16, pixel beside pixel, as a reduction over pixels reads them.
  private func pairs(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, images: Int, _ shapeA: Shape,
    _ layer: Convolution, _ geometry: ConvolutionGeometry
  ) -> (UnsafePointer<Float>, UnsafePointer<Float>) {
    let pairsA = workspace.scratch(.aPairs, geometry.group * geometry.pairsA)
    let pairsB = workspace.scratch(.bPairs, geometry.group * geometry.pairsB)
    let table = workspace.kernels.table.pointee
    let shapeB = geometry.shapeB(layer)
    measured(Work(padding: images, shapeA, shapeB, units: geometry.pairsA + geometry.pairsB)) {
      pairsA.withMemoryRebound(to: UInt32.self, capacity: 1) {
        table.pad_pairs(
          $0, a, Int32(images), Int32(shapeA.height), Int32(shapeA.width), Int32(layer.a),
          Int32(geometry.border), Int32(layer.stride), 1)
      }
      pairsB.withMemoryRebound(to: UInt32.self, capacity: 1) {
        table.pad_pairs(
          $0, b, Int32(images), Int32(shapeB.height), Int32(shapeB.width), Int32(layer.b), 0, 1, 2)
      }
    }
    return (UnsafePointer(pairsA), UnsafePointer(pairsB))
  }

  func groups(of count: Int, _ size: Int) -> some Sequence<(first: Int, count: Int)> {
    stride(from: 0, to: count, by: size).lazy.map { ($0, min(size, count - $0)) }
  }
}
