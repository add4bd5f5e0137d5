private import CKernels

/// A table of learned vectors: `weight` (count, channels), initialised N(0, 1).
public struct Embedding: Sendable, Hashable {
  /// (count, channels): a vector an index.
  public let weight: Parameter
  /// Number of indices.
  public let count: Int
  /// Values of a vector.
  public let channels: Int

  /// Declares `name`.weight, standard normal to begin with.
  public init(_ name: String, count: Int, channels: Int, in layout: inout ParameterLayout) {
    self.count = count
    self.channels = channels
    weight = layout.declare("\(name).weight", [count, channels], .normal)
  }
}

extension Tape {
  /// x + y, of the same shape.
  public func add(_ x: Tensor, _ y: Tensor) -> Tensor {
    precondition(x.shape == y.shape)
    let z = output(x.shape)
    let table = workspace.kernels.table.pointee
    measured(Work("add", .forward, x.shape, touching: 3 * x.shape.elements)) {
      table.add(z.data, x.data, y.data, x.shape.elements)
    }
    record(Work("add", .backward, x.shape, touching: 4 * x.shape.elements)) { [unowned self] in
      guard let dz = gradient(of: z) else { return }
      addShare(dz, to: x)
      passOn(dz, to: y)
    }
    return z
  }

  /// x (N, 1, 1, channels) + rows of the table, one an image.
  public func addEmbedding(_ x: Tensor, _ table: Embedding, indices: [Int]) -> Tensor {
    precondition(x.shape.stride == table.channels && indices.count == x.shape.count)
    let y = output(x.shape)
    let weight = value(of: table.weight)
    meter?.begin()
    for (row, index) in indices.enumerated() {
      for c in 0..<table.channels {
        y.data[row * table.channels + c] =
          x.data[row * table.channels + c] + weight[index * table.channels + c]
      }
    }
    meter?.end(Work("embedding", .forward, x.shape, touching: 3 * x.shape.elements))
    record(Work("embedding", .backward, x.shape, touching: 5 * x.shape.elements)) {
      [unowned self] in
      guard let dy = gradient(of: y) else { return }
      addShare(dy, to: x)
      let dweight = gradient(of: table.weight)
      for (row, index) in indices.enumerated() {
        for c in 0..<table.channels {
          dweight[index * table.channels + c] += dy[row * table.channels + c]
        }
      }
    }
    return y
  }

  /// (N, H, W, C) and (N, H, W, D) → (N, H, W, C + D)
  public func concatenate(_ x: Tensor, _ y: Tensor) -> Tensor {
    precondition(x.shape.count == y.shape.count && x.shape.pixels == y.shape.pixels)
    let (c, d) = (x.shape.channels, y.shape.channels)
    var shape = x.shape
    shape.channels = c + d
    let z = output(shape)
    let pixels = shape.count * shape.pixels
    let table = workspace.kernels.table.pointee
    meter?.begin()
    workspace.share(work: shape.elements) { share in
      let part = share.of(pixels)
      let to = z.data + part.lowerBound * (c + d)
      for (from, channels, start) in [(x.data, c, 0), (y.data, d, c)] {
        table.copy_columns(
          to + start, Int32(c + d), from + part.lowerBound * channels, Int32(channels),
          Int32(part.count), Int32(channels), 0)
      }
    }
    meter?.end(Work("concatenation", .forward, shape, touching: 2 * shape.elements))
    record(Work("concatenation", .backward, shape, touching: 2 * shape.elements)) {
      [unowned self] in
      guard let dz = gradient(of: z) else { return }
      for (part, channels, start) in [(x, c, 0), (y, d, c)] {
        guard let (share, adds) = accumulator(for: part) else { continue }
        table.copy_columns(
          share, Int32(channels), dz + start, Int32(c + d), Int32(pixels), Int32(channels),
          adds ? 1 : 0)
      }
    }
    return z
  }

  /// The gradient of what the operation put out, which it does not need any more, handed to what was added to it.
  /// Nothing is copied where it is the first share.
  func passOn(_ gradient: UnsafePointer<Float>, to part: Tensor) {
    if !adoptGradient(for: part) { addShare(gradient, to: part) }
  }

  func addShare(_ gradient: UnsafePointer<Float>, to part: Tensor) {
    guard let (share, adds) = accumulator(for: part) else { return }
    if adds {
      workspace.kernels.table.pointee.add(share, share, gradient, part.shape.elements)
    } else {
      share.update(from: gradient, count: part.shape.elements)
    }
  }
}
