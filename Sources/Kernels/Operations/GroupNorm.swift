private import CKernels

/// Group normalisation (Wu & He 2018): `weight` γ and `bias` β (channels).
public struct GroupNorm: Sendable, Hashable {
  /// γ, (channels).
  public let weight: Parameter
  /// β, (channels).
  public let bias: Parameter
  /// Groups that are normalised by themselves; divides `channels`.
  public let groups: Int
  /// Channels of what is normalised.
  public let channels: Int
  /// ε, added to the variance.
  public let epsilon: Float
  /// Multiply-adds that one value takes about as long as.
  fileprivate static let cost = 32

  /// Declares `name.weight`, ones, and `name.bias`, zeros. `channels` is a multiple of `groups`.
  public init(
    _ name: String, groups: Int, channels: Int, epsilon: Float = 1e-5,
    in layout: inout ParameterLayout
  ) {
    precondition(channels % groups == 0, "\(name): \(channels) channels in \(groups) groups")
    self.groups = groups
    self.channels = channels
    self.epsilon = epsilon
    weight = layout.declare("\(name).weight", [channels], .ones)
    bias = layout.declare("\(name).bias", [channels], .zeros)
  }
}

extension Tape {
  /// γ·x̂ + β
  public func groupNorm(_ x: Tensor, _ layer: GroupNorm) -> Tensor {
    normalise(x, layer, activates: false)
  }

  /// SiLU(γ·x̂ + β) [+ bias], the bias (N, 1, 1, channels) being the same for all pixels of an image.
  /// - Parameter overwriting: nothing else reads x: where nothing is recorded, the result takes its place.
  public func groupNormSiLU(
    _ x: Tensor, _ layer: GroupNorm, adding bias: Tensor? = nil, overwriting: Bool = false
  ) -> Tensor {
    normalise(x, layer, activates: true, adding: bias, overwriting: overwriting)
  }

  /// SiLU((γ·x̂ + β)·(1 + scale) + shift), scale and shift being the halves of `modulation` (N, 1, 1, 2·channels),
  /// the same for all pixels of an image (Nichol & Dhariwal 2021, §4; adaptive group norm).
  /// - Parameter overwriting: nothing else reads x: where nothing is recorded, the result takes its place.
  public func groupNormSiLU(
    _ x: Tensor, _ layer: GroupNorm, modulation: Tensor, overwriting: Bool = false
  ) -> Tensor {
    normalise(x, layer, activates: true, modulation: modulation, overwriting: overwriting)
  }

  private func normalise(
    _ x: Tensor, _ layer: GroupNorm, activates: Bool, adding bias: Tensor? = nil,
    modulation: Tensor? = nil, overwriting: Bool = false
  ) -> Tensor {
    let shape = x.shape
    let channels = shape.channels
    precondition(channels == layer.channels, "\(layer.weight.name): channels")
    let y = overwriting && !isRecording ? x : output(shape)
    let moments = workspace.arena.take(2 * layer.groups * shape.count)
    let (gamma, beta) = (value(of: layer.weight), value(of: layer.bias))
    let table = workspace.kernels.table.pointee
    let operation = activates ? "group norm, SiLU" : "group norm"
    let forward = activates ? table.group_norm_silu : table.group_norm
    // Made before the work is shared: (N, 2·channels) where each image has its own.
    let affine = modulation.map { modulated(gamma, beta, by: $0) }
    measured(Work(operation, .forward, shape, touching: 2 * shape.elements)) {
      workspace.share(work: GroupNorm.cost * shape.elements) { share in
        let groups = share.of(layer.groups)
        // More threads than groups: nothing is left for this one.
        if groups.isEmpty { return }
        let width = channels / layer.groups
        let first = groups.lowerBound * width
        for image in 0..<shape.count {
          let place = image * shape.stride + first
          let own = affine.map { $0 + image * 2 * channels }
          forward?(
            y.data + place, moments + 2 * (layer.groups * image + groups.lowerBound),
            x.data + place, (own ?? gamma) + first, (own.map { $0 + channels } ?? beta) + first,
            bias.map { UnsafePointer($0.data + image * channels + first) },
            Int32(shape.pixels), Int32(channels), Int32(groups.count * width),
            Int32(groups.count), layer.epsilon)
        }
      }
    }
    record(Work(operation, .backward, shape, touching: 3 * shape.elements)) { [unowned self] in
      guard let dy = gradient(of: y), let (dx, adds) = accumulator(for: x) else { return }
      let dbias = bias.flatMap { zeroedAccumulator(for: $0) }
      let dmodulation = modulation.flatMap { zeroedAccumulator(for: $0) }
      let (dgamma, dbeta) = (gradient(of: layer.weight), gradient(of: layer.bias))
      let scratch = workspace.scratch(.normal, shape.stride)
      let backward = activates ? table.group_norm_silu_backward : table.group_norm_backward
      for image in 0..<shape.count {
        let own = affine.map { $0 + image * 2 * channels }
        let share = modulation.map { _ in workspace.scratch(.affineGradient, 2 * channels) }
        share?.update(repeating: 0, count: 2 * channels)
        backward?(
          dx + image * shape.stride, share ?? dgamma, share.map { $0 + channels } ?? dbeta,
          dbias.map { $0 + image * channels }, scratch, dy + image * shape.stride,
          moments + 2 * layer.groups * image, x.data + image * shape.stride,
          own ?? gamma, own.map { $0 + channels } ?? beta, Int32(shape.pixels), Int32(channels),
          Int32(layer.groups), adds ? 1 : 0)
        guard let share, let modulation else { continue }
        let scale = modulation.data + image * 2 * channels
        for c in 0..<channels {
          dgamma[c] += share[c] * (1 + scale[c])
          dbeta[c] += share[channels + c] * (1 + scale[c])
          guard let to = dmodulation.map({ $0 + image * 2 * channels }) else { continue }
          to[c] += share[c] * gamma[c] + share[channels + c] * beta[c]
          to[channels + c] += share[channels + c]
        }
      }
    }
    return y
  }

  /// γ·(1 + scale) and behind it β·(1 + scale) + shift, of each image: (N, 2·channels).
  private func modulated(
    _ gamma: UnsafePointer<Float>, _ beta: UnsafePointer<Float>, by modulation: Tensor
  ) -> UnsafePointer<Float> {
    let channels = modulation.shape.channels / 2
    let result = workspace.arena.take(modulation.shape.elements)
    for image in 0..<modulation.shape.count {
      let (scale, to) = (
        modulation.data + image * 2 * channels, result + image * 2 * channels
      )
      for c in 0..<channels {
        to[c] = gamma[c] * (1 + scale[c])
        to[channels + c] = beta[c] * (1 + scale[c]) + scale[channels + c]
      }
    }
    return UnsafePointer(result)
  }
}
