public import Kernels

/// The small diffusion U-Net, name for name and value for value that of `docs/reference/small_unet.py`.
///
/// An encoder of 3×3 convolutions (stride 2 from the second level on), each followed by group norm and SiLU and a
/// bias per channel from the time embedding, or with `scale_shift` a scale and a shift before the SiLU (adaptive group
/// norm: Dhariwal & Nichol 2021, section 3); a decoder of transposed convolutions that takes the encoder's
/// outputs back in. Level i has baseChannels·min(2^i, 4) channels.
public struct SmallUNet: Network {
  public let layout: ParameterLayout
  public let channels: Int
  public let outputChannels: Int
  public let side: SideChannels
  public let classes: Int
  public let conditionWidth: Int
  public var augmentationWidth: Int { augmentation?.numbers ?? 0 }
  public var sizeMultiple: Int { 1 << (encoder.count - 1) }

  private struct Block: Sendable {
    let convolution: Convolution
    let norm: GroupNorm
  }

  private let time: TimeEmbedding
  private let timeProjection: [Linear]
  private let scalesAndShifts: Bool
  private let encoder: [Block]
  private let decoder: [Block]
  private let output: Convolution
  private let injection: Injection
  /// What was done to the image, added to the time embedding, SiLU after the sum.
  private let augmentation: LabelEmbedding?
  private let dropout: Double

  private enum Injection: Sendable {
    case none
    /// `condition_embed`: the embedded condition as constant channels beside the image.
    case concatenated(Linear, Linear)
    /// `class_embedding`: a vector per class added to the time embedding, SiLU after the sum.
    case time(Embedding)
    /// `condition_mlp`: a vector's embedding added to that of the time, SiLU after the sum.
    case vector(VectorEmbedding)

    /// Whether the time embedding goes through a SiLU with what is added to it.
    var activatesTime: Bool {
      switch self {
      case .none, .concatenated: false
      case .time, .vector: true
      }
    }
  }

  /// - Parameters:
  ///   - classes: of the data; nothing is conditioned on without them.
  ///   - timeSpan: what times go up to, T of timesteps.
  ///   - learnsVariance: whether it says variances beside its prediction.
  ///   - side: what it sees beside the image.
  ///   - conditionWidth: D + 1 of vectors that it is told; 0: none.
  /// - Precondition: base channels are a multiple of 8, the embedding's dimension is even.
  public init(
    _ model: ModelSettings, conditioning: ConditioningSettings, channels: Int, classes: Int,
    timeSpan: Double, learnsVariance: Bool = false, side: SideChannels = SideChannels(),
    conditionWidth: Int = 0
  ) {
    outputChannels = learnsVariance ? 2 * channels : channels
    dropout = model.dropout
    var layout = ParameterLayout()
    self.channels = channels
    self.side = side
    self.conditionWidth = conditionWidth
    let isConditional = conditioning.kind == .class && classes > 0
    self.classes = isConditional ? classes : 0
    let width = (0..<model.levels).map { model.baseChannels * min(1 << $0, 4) }
    let dimension = model.timeEmbeddingDim

    time = TimeEmbedding(
      model.timeEmbedding, dimension: dimension, span: timeSpan, in: &layout)
    let scalesAndShifts = model.timeScaleShift == .scaleShift
    self.scalesAndShifts = scalesAndShifts
    timeProjection = width.enumerated().map { i, channels in
      Linear(
        "time_projection.\(i)", from: dimension, to: scalesAndShifts ? 2 * channels : channels,
        in: &layout)
    }
    let isConcatenated = isConditional && conditioning.inject == .concat
    encoder = width.indices.map { i in
      Block(
        convolution: Convolution(
          "encoder.\(i).0", from: i == 0 ? channels + side.count : width[i - 1],
          constants: i == 0 && isConcatenated ? model.baseChannels : 0, to: width[i],
          stride: i == 0 ? 1 : 2, in: &layout),
        norm: GroupNorm("encoder.\(i).1", groups: 8, channels: width[i], in: &layout))
    }
    decoder = width.indices.dropFirst().reversed().enumerated().map { j, i in
      Block(
        convolution: Convolution(
          "decoder.\(j).0", from: j == 0 ? width[i] : 2 * width[i], to: width[i - 1], stride: 2,
          transposed: true, in: &layout),
        norm: GroupNorm("decoder.\(j).1", groups: 8, channels: width[i - 1], in: &layout))
    }
    output = Convolution(
      "output", from: model.levels > 1 ? 2 * width[0] : width[0], to: outputChannels, in: &layout)
    if conditionWidth > 0 {
      injection = .vector(
        VectorEmbedding(inputs: conditionWidth, dimension: dimension, in: &layout))
    } else if !isConditional {
      injection = .none
    } else if isConcatenated {
      injection = .concatenated(
        Linear("condition_embed.0", from: classes, to: model.baseChannels, in: &layout),
        Linear("condition_embed.2", from: model.baseChannels, to: model.baseChannels, in: &layout))
    } else {
      injection = .time(
        Embedding("class_embedding", count: classes + 1, channels: dimension, in: &layout))
    }
    // Last: the other parameters begin as they do without it.
    augmentation =
      conditioning.augmentation
      ? LabelEmbedding(
        "augmentation_embedding", numbers: Augmentation.labelWidth, channels: dimension,
        in: &layout) : nil
    self.layout = layout
  }

  public func predict(
    _ x: Tensor, times: [Float], condition: Condition, augmentation labels: [Float]?,
    on tape: Tape
  ) -> Tensor {
    var embedding = time(times, on: tape)
    if let augmentation {
      embedding = tape.addLabels(embedding, augmentation, labels)
      if !injection.activatesTime { embedding = tape.silu(embedding) }
    }
    var h: Tensor
    switch injection {
    case .none:
      h = tape.convolution(x, encoder[0].convolution)
    case .concatenated(let first, let second):
      let input = conditionVectors(condition, count: x.shape.count, on: tape)
      h = tape.convolution(
        x, spreading: tape.linear(tape.relu(tape.linear(input, first)), second),
        encoder[0].convolution)
    case .vector(let vector):
      embedding = tape.silu(vector(adding: embedding, condition, on: tape))
      h = tape.convolution(x, encoder[0].convolution)
    case .time(let table):
      let indices = condition.indices(count: x.shape.count, null: classes)
      embedding = tape.silu(tape.addEmbedding(embedding, table, indices: indices))
      h = tape.convolution(x, encoder[0].convolution)
    }

    var skips: [Tensor] = []
    for (i, block) in encoder.enumerated() {
      if i > 0 {
        // On the way to the next level, not on that across to the decoder.
        let dropped = tape.dropout(h, probability: dropout, layer: i - 1)
        h = tape.convolution(dropped, block.convolution)
      }
      let time = tape.linear(embedding, timeProjection[i])
      h =
        scalesAndShifts
        ? tape.groupNormSiLU(h, block.norm, modulation: time, overwriting: true)
        : tape.groupNormSiLU(h, block.norm, adding: time, overwriting: true)
      skips.append(h)
    }
    skips.removeLast()
    if !decoder.isEmpty {
      h = tape.dropout(h, probability: dropout, layer: encoder.count - 1)
    }
    for (j, block) in decoder.enumerated() {
      let wider = tape.convolution(h, block.convolution)
      tape.discard(h)
      var normal = tape.groupNormSiLU(wider, block.norm, overwriting: true)
      if j + 1 < decoder.count {
        normal = tape.dropout(normal, probability: dropout, layer: encoder.count + j)
      }
      let skip = skips.removeLast()
      h = tape.concatenate(normal, skip)
      tape.discard(normal)
      tape.discard(skip)
    }
    return tape.convolution(h, output)
  }

  /// (N, 1, 1, classes): one-hot, the null class all zeros.
  private func conditionVectors(_ condition: Condition, count: Int, on tape: Tape) -> Tensor {
    let input = tape.input(Shape(count: count, channels: classes))
    input.values.update(repeating: 0)
    switch condition {
    case .none: break
    case .classes(let indices):
      for (row, index) in indices.enumerated() where index < classes {
        input.data[row * classes + index] = 1
      }
    case .vectors(let values, let dimension):
      precondition(dimension == classes && values.count == count * classes)
      _ = input.values.update(fromContentsOf: values)
    }
    return input
  }

  // MARK: What it costs

  public func flops(height: Int, width: Int) -> Double {
    layers(height: height, width: width).reduce(0) { $0 + $1.flops }
  }

  public func trainingFlops(height: Int, width: Int) -> Double {
    3 * flops(height: height, width: width)
      - encoder[0].convolution.flops(height: height, width: width)
  }

  public func activations(height: Int, width: Int) -> Int {
    // Each layer's output twice: the concatenations take about as much again.
    2 * NetworkLayerList.activations(layers(height: height, width: width))
  }

  public func layers(height: Int, width: Int) -> [NetworkLayer] {
    var list = NetworkLayerList(height: height, width: width)
    list.add(time.first)
    list.add(time.second)
    switch injection {
    case .none: break
    case .concatenated(let first, let second):
      list.add(first)
      list.add(second)
    case .time(let table): list.add(table)
    case .vector(let vector): vector.describe(in: &list)
    }
    if let augmentation { list.add(augmentation) }
    for (block, projection) in zip(encoder, timeProjection) {
      list.add(block.convolution)
      list.add(block.norm)
      list.add(projection)
    }
    for block in decoder {
      list.add(block.convolution)
      list.add(block.norm)
    }
    list.add(output)
    return list.layers
  }
}
