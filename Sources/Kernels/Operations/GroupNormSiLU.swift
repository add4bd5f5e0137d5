private import CKernels

/// Group normalisation (Wu & He 2018) with ε = 1e-5, followed by SiLU: `weight` and `bias` (channels).
public struct GroupNorm: Sendable, Hashable {
  public let weight: Parameter
  public let bias: Parameter
  public let groups: Int
  public let channels: Int
  static let epsilon: Float = 1e-5
  /// Multiply-adds that one value takes about as long as.
  fileprivate static let cost = 32

  /// Declares `name.weight`, ones, and `name.bias`, zeros. `channels` is a multiple of `groups`.
  public init(_ name: String, groups: Int, channels: Int, in layout: inout ParameterLayout) {
    precondition(channels % groups == 0, "\(name): \(channels) channels in \(groups) groups")
    self.groups = groups
    self.channels = channels
    weight = layout.declare("\(name).weight", [channels], .ones)
    bias = layout.declare("\(name).bias", [channels], .zeros)
  }
}

extension Tape {
  /// SiLU(γ·x̂ + β) [+ bias], the bias (N, 1, 1, channels) being the same for all pixels of an image.
  public func groupNormSiLU(_ x: Tensor, _ layer: GroupNorm, adding bias: Tensor? = nil) -> Tensor {
    let shape = x.shape
    precondition(shape.channels == layer.channels, "\(layer.weight.name): channels")
    let y = output(shape)
    let moments = workspace.arena.take(2 * layer.groups * shape.count)
    let table = workspace.kernels.table.pointee
    workspace.share(work: GroupNorm.cost * shape.elements) { [self] share in
      let groups = share.of(layer.groups)
      let width = layer.channels / layer.groups
      let first = groups.lowerBound * width
      for image in 0..<shape.count {
        let place = image * shape.stride + first
        table.group_norm_silu(
          y.data + place, moments + 2 * (layer.groups * image + groups.lowerBound), x.data + place,
          value(of: layer.weight) + first, value(of: layer.bias) + first,
          bias.map { UnsafePointer($0.data + image * shape.channels + first) },
          Int32(shape.pixels), Int32(shape.channels), Int32(groups.count * width),
          Int32(groups.count), GroupNorm.epsilon)
      }
    }
    record { [unowned self] in
      guard let dy = gradient(of: y), let (dx, adds) = accumulator(for: x) else { return }
      let dbias = bias.flatMap { zeroedAccumulator(for: $0) }
      let scratch = workspace.scratch(.normal, shape.stride)
      for image in 0..<shape.count {
        table.group_norm_silu_backward(
          dx + image * shape.stride, gradient(of: layer.weight), gradient(of: layer.bias),
          dbias.map { $0 + image * shape.channels }, scratch, dy + image * shape.stride,
          moments + 2 * layer.groups * image, x.data + image * shape.stride,
          value(of: layer.weight), value(of: layer.bias), Int32(shape.pixels),
          Int32(shape.channels), Int32(layer.groups), adds ? 1 : 0)
      }
    }
    return y
  }
}
