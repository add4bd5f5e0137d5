public import Kernels

/// The residual U-Net with self-attention, name for name and value for value diffusers' `UNet2DModel`
/// (Ho 2020, appendix B; Nichol & Dhariwal 2021).
///
/// Down: residual blocks, each followed by attention where the level has it, then a convolution of stride 2; in the
/// middle block, attention, block; up: the same with one block more, each of which takes one of the way down's outputs
/// back in, then sides doubled. The timestep's embedding, and the class's, goes into each residual block.
public struct ResidualUNet: Network {
  public let layout: ParameterLayout
  public let channels: Int
  public let outputChannels: Int
  public let side: SideChannels
  public let classes: Int
  public let conditionWidth: Int
  public var augmentationWidth: Int { augmentation?.numbers ?? 0 }
  public var sizeMultiple: Int { 1 << (down.count - 1) }

  private struct Level: Sendable {
    /// Each with the attention behind it.
    var blocks: [(residual: ResidualBlock, attention: AttentionBlock?)] = []
    /// To the next level; the last has none.
    var resample: Convolution?
  }

  private let time: TimestepEmbedding
  private let classEmbedding: Embedding?
  private let vectorEmbedding: VectorEmbedding?
  /// What was done to the image.
  private let augmentation: LabelEmbedding?
  private let input: Convolution
  private let down: [Level]
  private let middle: (first: ResidualBlock, attention: AttentionBlock?, second: ResidualBlock)
  private let up: [Level]
  private let outputNorm: GroupNorm
  private let output: Convolution
  private let centersInput: Bool

  /// - Parameters:
  ///   - channels: of the images.
  ///   - classEmbeddings: `num_class_embeds`, the last being the null class; 0 for none.
  ///   - side: what it sees beside the image.
  ///   - conditionWidth: D + 1 of vectors that it is told; 0: none.
  ///   - hearsAugmentation: whether it is told what was done to the image.
  /// - Precondition: channels of every level are multiples of the groups and of the heads' channels; there are as many
  ///   block types as levels.
  public init(
    _ settings: ResidualUNetSettings, channels: Int, classEmbeddings: Int,
    learnsVariance: Bool = false, side: SideChannels = SideChannels(),
    conditionWidth: Int = 0, hearsAugmentation: Bool = false
  ) {
    outputChannels = learnsVariance ? 2 * channels : channels
    let widths = settings.blockOutChannels
    precondition(
      settings.downBlockTypes.count == widths.count && settings.upBlockTypes.count == widths.count)
    var layout = ParameterLayout()
    self.channels = channels
    self.side = side
    self.conditionWidth = conditionWidth
    classes = max(classEmbeddings - 1, 0)
    centersInput = settings.centerInputSample
    let first = widths[0]
    let last = widths[widths.count - 1]
    var parts = BlockFactory(settings: settings, embedding: 4 * first)

    input = Convolution("conv_in", from: channels + side.count, to: first, in: &layout)
    time = TimestepEmbedding(
      channels: first, dimension: 4 * first, flipsSinToCos: settings.flipSinToCos,
      frequencyShift: settings.freqShift, in: &layout)
    classEmbedding =
      classEmbeddings == 0
      ? nil
      : Embedding("class_embedding", count: classEmbeddings, channels: 4 * first, in: &layout)

    vectorEmbedding =
      conditionWidth == 0
      ? nil : VectorEmbedding(inputs: conditionWidth, dimension: 4 * first, in: &layout)

    var down: [Level] = []
    var skips = [first]
    var width = first
    for (i, type) in settings.downBlockTypes.enumerated() {
      let name = "down_blocks.\(i)"
      var level = Level()
      for j in 0..<settings.layersPerBlock {
        let residual = parts.residual(
          "\(name).resnets.\(j)", from: width, to: widths[i], in: &layout)
        width = widths[i]
        let attention =
          type == .attention
          ? parts.attention("\(name).attentions.\(j)", channels: width, in: &layout) : nil
        level.blocks.append((residual, attention))
        skips.append(width)
      }
      if i + 1 < widths.count {
        level.resample = Convolution(
          "\(name).downsamplers.0.conv", from: width, to: width, stride: 2,
          padding: settings.downsamplePadding, in: &layout)
        skips.append(width)
      }
      down.append(level)
    }
    self.down = down

    middle = (
      parts.residual("mid_block.resnets.0", from: last, to: last, isMiddle: true, in: &layout),
      settings.addAttention
        ? parts.attention("mid_block.attentions.0", channels: last, isMiddle: true, in: &layout)
        : nil,
      parts.residual("mid_block.resnets.1", from: last, to: last, isMiddle: true, in: &layout)
    )

    var up: [Level] = []
    for (i, type) in settings.upBlockTypes.enumerated() {
      let name = "up_blocks.\(i)"
      let target = widths[widths.count - 1 - i]
      var level = Level()
      for j in 0...settings.layersPerBlock {
        let residual = parts.residual(
          "\(name).resnets.\(j)", from: width + skips.removeLast(), to: target, in: &layout)
        width = target
        let attention =
          type == .attention
          ? parts.attention("\(name).attentions.\(j)", channels: width, in: &layout) : nil
        level.blocks.append((residual, attention))
      }
      if i + 1 < widths.count {
        level.resample = Convolution(
          upsampling: "\(name).upsamplers.0.conv", from: width, to: width, in: &layout)
      }
      up.append(level)
    }
    self.up = up

    outputNorm = GroupNorm(
      "conv_norm_out", groups: settings.normNumGroups, channels: first,
      epsilon: Float(settings.normEps), in: &layout)
    output = Convolution("conv_out", from: first, to: outputChannels, in: &layout)
    // Last: the other parameters begin as they do without it.
    augmentation =
      hearsAugmentation
      ? LabelEmbedding(
        "augmentation_embedding", numbers: Augmentation.labelWidth, channels: 4 * first,
        in: &layout) : nil
    self.layout = layout
  }

  public func predict(
    _ x: Tensor, times: [Float], condition: Condition, augmentation labels: [Float]?,
    on tape: Tape
  ) -> Tensor {
    var embedding = time(times, on: tape)
    if let augmentation { embedding = tape.addLabels(embedding, augmentation, labels) }
    if let classEmbedding {
      embedding = tape.addEmbedding(
        embedding, classEmbedding, indices: condition.indices(count: x.shape.count, null: classes))
    }
    if let vectorEmbedding {
      embedding = vectorEmbedding(adding: embedding, condition, on: tape)
    }
    // Every block activates it before its own projection: once does for all.
    embedding = tape.silu(embedding)

    var h = tape.convolution(centersInput ? centered(x, on: tape) : x, input)
    var skips = [h]
    for level in down {
      for block in level.blocks {
        h = block.residual(h, embedding: embedding, on: tape)
        if let attention = block.attention { h = attended(h, by: attention, on: tape) }
        skips.append(h)
      }
      if let resample = level.resample {
        h = tape.convolution(h, resample)
        skips.append(h)
      }
    }
    h = middle.first(h, embedding: embedding, on: tape)
    if let attention = middle.attention { h = attended(h, by: attention, on: tape) }
    let deepest = h
    h = middle.second(deepest, embedding: embedding, on: tape)
    tape.discard(deepest)
    for level in up {
      for block in level.blocks {
        let skip = skips.removeLast()
        let both = tape.concatenate(h, skip)
        tape.discard(h)
        tape.discard(skip)
        h = block.residual(both, embedding: embedding, on: tape)
        tape.discard(both)
        if let attention = block.attention { h = attended(h, by: attention, on: tape) }
      }
      if let resample = level.resample {
        let small = h
        h = tape.convolution(small, resample)
        tape.discard(small)
      }
    }
    return tape.convolution(tape.groupNormSiLU(h, outputNorm, overwriting: true), output)
  }

  /// Attention over what nothing else reads.
  private func attended(_ x: Tensor, by attention: AttentionBlock, on tape: Tape) -> Tensor {
    let y = attention(x, on: tape)
    tape.discard(x)
    return y
  }

  /// 2x − 1: of an input, which needs no gradient.
  private func centered(_ x: Tensor, on tape: Tape) -> Tensor {
    let y = tape.input(x.shape)
    for i in 0..<x.shape.elements { y.data[i] = 2 * x.data[i] - 1 }
    return y
  }

  // MARK: What it costs

  public func flops(height: Int, width: Int) -> Double {
    layers(height: height, width: width).reduce(0) { $0 + $1.flops }
  }

  public func trainingFlops(height: Int, width: Int) -> Double {
    3 * flops(height: height, width: width) - input.flops(height: height, width: width)
  }

  public func activations(height: Int, width: Int) -> Int {
    NetworkLayerList.activations(layers(height: height, width: width))
  }

  public func layers(height: Int, width: Int) -> [NetworkLayer] {
    var list = NetworkLayerList(height: height, width: width)
    list.add(input)
    list.add(time.first)
    list.add(time.second)
    if let classEmbedding { list.add(classEmbedding) }
    vectorEmbedding?.describe(in: &list)
    if let augmentation { list.add(augmentation) }
    func add(_ level: Level) {
      for block in level.blocks {
        block.residual.describe(in: &list)
        block.attention?.describe(in: &list)
      }
      if let resample = level.resample { list.add(resample) }
    }
    down.forEach(add)
    middle.first.describe(in: &list)
    middle.attention?.describe(in: &list)
    middle.second.describe(in: &list)
    up.forEach(add)
    list.add(outputNorm)
    list.add(output)
    return list.layers
  }
}
