import CKernels

extension Tape {
  /// (N, H, W, inputs) and a vector an image (N, 1, 1, constants) → (N, H', W', outputs): convolution and bias, as if
  /// the vector's values were channels behind the image's, the same at each pixel.
  ///
  /// They are not convolved: at a pixel they add Σ over the taps within the image of W[tap]·vector, which is a bias.
  /// Interior, edges and corners see different taps, so there are up to nine of them. Gradients go the same way
  /// back, from the sums of ∂loss/∂y over those regions. W and the vector are rounded as operands are.
  public func convolution(_ x: Tensor, spreading vector: Tensor, _ layer: Convolution) -> Tensor {
    precondition(
      x.shape.channels == layer.inputChannels && vector.shape.channels == layer.constants
        && vector.shape.count == x.shape.count && vector.shape.pixels == 1,
      "\(layer.weight.name): channels")
    let size = layer.outputSize(height: x.shape.height, width: x.shape.width)
    let y = output(
      Shape(
        count: x.shape.count, height: size.height, width: size.width,
        channels: layer.outputChannels))
    let weight =
      weights.eightBits(layer) ?? rounded(value(of: layer.weight), layer.weight.count)
    let constants = rounded(vector)
    observe(.activation, layer, x.data, x.shape)
    let source = operand(x.data, x.shape, .activation)
    let regions = workspace.regions(layer, height: x.shape.height, width: x.shape.width)
    measured(Work(.forward, layer, x.shape)) {
      gather(
        source, x.shape, layer, regions,
        biases: biases(layer, regions, weight, constants, x.shape.count), to: y)
    }
    record(Work("bias gradient", .backward, y.shape, touching: y.shape.elements)) {
      [unowned self] in
      guard let dy = gradient(of: y) else { return }
      measured(Work(.weightGradient, layer, x.shape)) {
        constantsBackward(
          layer, regions, dy, y.shape, weight, constants, dvector: zeroedAccumulator(for: vector))
      }
      observe(.gradient, layer, dy, y.shape)
      let from = operand(dy, y.shape, .gradient)
      let source = operand(x.data, x.shape, .activation)
      measured(Work(.weightGradient, layer, x.shape)) {
        ownWeightsBackward(layer, source, x.shape, from)
      }
      if let (dx, adds) = accumulator(for: x) {
        measured(Work(.dataGradient, layer, x.shape)) {
          gatherAdjoint(
            layer, from: from, to: dx, shapeA: x.shape, adding: adds ? UnsafePointer(dx) : nil)
        }
      }
    }
    return y
  }

  /// A vector an image, as the operands of products are.
  private func rounded(_ vector: Tensor) -> UnsafePointer<Float> {
    guard workspace.precision == .fp8 else {
      return rounded(vector.data, vector.shape.elements)
    }
    // Kept for the way back, where scratch memory is others'.
    let copy = workspace.arena.take(vector.shape.elements)
    copy.update(
      from: operand(vector.data, vector.shape, .activation), count: vector.shape.elements)
    return UnsafePointer(copy)
  }

  /// As the operands of products are.
  private func rounded(_ values: UnsafePointer<Float>, _ count: Int) -> UnsafePointer<Float> {
    guard workspace.operand != wb_round_none else { return values }
    let copy = workspace.arena.take(count)
    workspace.kernels.table.pointee.round(copy, values, count, workspace.operand)
    return UnsafePointer(copy)
  }

  /// (N, regions, outputs): the layer's bias and what the constant channels add to it.
  private func biases(
    _ layer: Convolution, _ regions: ConvolutionRegions, _ weight: UnsafePointer<Float>,
    _ constants: UnsafePointer<Float>, _ count: Int
  ) -> UnsafePointer<Float> {
    let table = workspace.kernels.table.pointee
    let (outputs, taps) = (layer.b, layer.kernel * layer.kernel)
    let products = workspace.arena.take(taps * outputs)
    let biases = workspace.arena.take(count * regions.all.count * outputs)
    var bias = biases
    for image in 0..<count {
      for tap in 0..<taps {
        table.weigh_rows(
          products + tap * outputs, weight + layer.constantRows(tap),
          constants + image * layer.constants, Int32(layer.constants), Int32(outputs))
      }
      for region in regions.all {
        bias.update(from: value(of: layer.bias), count: outputs)
        for tap in region.taps { table.add(bias, bias, products + tap * outputs, outputs) }
        bias += outputs
      }
    }
    return UnsafePointer(biases)
  }

  /// A → B over the image's own channels, each region with its bias.
  private func gather(
    _ x: UnsafePointer<Float>, _ shape: Shape, _ layer: Convolution,
    _ regions: ConvolutionRegions, biases: UnsafePointer<Float>, to y: Tensor
  ) {
    let geometry = workspace.geometry(layer, height: shape.height, width: shape.width)
    let table = workspace.kernels.table.pointee
    let kernel = workspace.operand == wb_pack_bf16 ? table.gather_bf16 : table.gather
    for (first, count) in groups(of: shape.count, geometry.group) {
      let padded = padded(
        x + first * shape.stride, .a, images: count, shape, geometry,
        units: geometry.paddedA)
      workspace.share(work: count * layer.multiplyAdds(geometry)) { [self] share in
        for image in first..<(first + count) {
          for (index, region) in regions.all.enumerated() {
            let pixels = share.of(region.pixels)
            regions.gather.withTables(from: region.first + pixels.lowerBound) { tables in
              kernel?(
                padded + (image - first) * geometry.paddedA, weights.forward(layer, phase: 0),
                biases + (image * regions.all.count + index) * layer.b, nil,
                y.data + image * y.shape.stride, &tables, Int32(pixels.count), Int32(layer.b))
            }
          }
        }
      }
    }
  }

  /// Adds to the gradients of the bias, of the constant channels' weights and of the vector.
  private func constantsBackward(
    _ layer: Convolution, _ regions: ConvolutionRegions, _ dy: UnsafePointer<Float>, _ shape: Shape,
    _ weight: UnsafePointer<Float>, _ constants: UnsafePointer<Float>,
    dvector: UnsafeMutablePointer<Float>?
  ) {
    let table = workspace.kernels.table.pointee
    let (outputs, taps) = (layer.b, layer.kernel * layer.kernel)
    let (dweight, dbias) = (gradient(of: layer.weight), gradient(of: layer.bias))
    let dproducts = workspace.arena.take(taps * outputs)
    let sum = workspace.arena.take(outputs)
    for image in 0..<shape.count {
      dproducts.update(repeating: 0, count: taps * outputs)
      for region in regions.all {
        sum.update(repeating: 0, count: outputs)
        for row in region.rows {
          let place = (image * shape.height + row) * shape.width + region.columns.lowerBound
          table.column_sums(
            sum, dy + place * outputs, Int32(region.columns.count), Int32(outputs), 1)
        }
        table.add(dbias, dbias, sum, outputs)
        for tap in region.taps {
          table.add(dproducts + tap * outputs, dproducts + tap * outputs, sum, outputs)
        }
      }
      for tap in 0..<taps {
        table.weigh_rows_backward(
          dweight + layer.constantRows(tap), dvector.map { $0 + image * layer.constants },
          dproducts + tap * outputs, weight + layer.constantRows(tap),
          constants + image * layer.constants, Int32(layer.constants), Int32(outputs))
      }
    }
  }

  /// Adds to the gradient of the image channels' weights, which the constant channels' lie between.
  private func ownWeightsBackward(
    _ layer: Convolution, _ x: UnsafePointer<Float>, _ shape: Shape, _ dy: UnsafePointer<Float>
  ) {
    let (taps, tap) = (layer.kernel * layer.kernel, layer.a * layer.b)
    let own = workspace.arena.take(taps * tap)
    own.update(repeating: 0, count: taps * tap)
    reduceWeights(layer, a: x, b: dy, shapeA: shape, into: own)
    for i in 0..<taps {
      let to = gradient(of: layer.weight) + i * layer.tapStride
      workspace.kernels.table.pointee.add(to, to, own + i * tap, tap)
    }
  }
}

extension Convolution {
  /// Where the constant channels' weights (constants, outputs) of a tap begin.
  fileprivate func constantRows(_ tap: Int) -> Int { tap * tapStride + a * b }
}

/// The pixels of a convolution's output, sorted by which taps lie within the image there.
final class ConvolutionRegions {
  struct Region {
    var rows: Range<Int>
    var columns: Range<Int>
    var taps: [Int]
    /// Place of its first pixel among all.
    var first: Int
    var pixels: Int { rows.count * columns.count }
  }

  let all: [Region]
  /// The forward gather of one image, its pixels sorted by region.
  let gather: ConvolutionGeometry.Gather

  init(_ key: ConvolutionGeometry.Key, _ geometry: ConvolutionGeometry) {
    let columns = Self.bands(key.width, kernel: key.kernel, stride: key.stride)
    var all: [Region] = []
    let whole = geometry.forward[0]
    var gather = whole
    (gather.source, gather.target) = ([], [])
    for rows in Self.bands(key.height, kernel: key.kernel, stride: key.stride) {
      for columns in columns {
        all.append(
          Region(
            rows: rows.places, columns: columns.places,
            taps: rows.taps.flatMap { y in columns.taps.map { y * key.kernel + $0 } },
            first: gather.source.count))
        for place in rows.places.flatMap({ y in columns.places.map { y * geometry.widthB + $0 } }) {
          gather.source.append(whole.source[place])
          gather.target.append(whole.target[place])
        }
      }
    }
    (self.all, self.gather) = (all, gather)
  }

  /// Places of the output along one side that see the same taps, in order.
  private static func bands(
    _ size: Int, kernel: Int, stride: Int
  ) -> [(places: Range<Int>, taps: Range<Int>)] {
    var bands: [(places: Range<Int>, taps: Range<Int>)] = []
    for place in 0..<(size / stride) {
      // Tap t of a place lies at place·stride + t − kernel/2.
      let zero = kernel / 2 - place * stride
      let taps = max(0, zero)..<min(kernel, size + zero)
      if let last = bands.last, last.taps == taps {
        bands[bands.count - 1].places = last.places.lowerBound..<(place + 1)
      } else {
        bands.append((place..<(place + 1), taps))
      }
    }
    return bands
  }
}
