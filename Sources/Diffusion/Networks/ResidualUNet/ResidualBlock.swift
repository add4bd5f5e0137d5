import Kernels

/// Two convolutions, each after group norm and SiLU, around which the input goes unchanged (He 2016), or through a
/// 1×1 convolution where the channels differ; the time's embedding comes in between.
struct ResidualBlock: Sendable {
  let norm1: GroupNorm
  let conv1: Convolution
  let timeProjection: Linear
  let norm2: GroupNorm
  let conv2: Convolution
  let shortcut: Convolution?
  let scalesAndShifts: Bool
  let dropout: Double
  /// Place among the network's blocks, which tells their dropout apart.
  let index: Int
  /// Divides the output.
  let outputScale: Double

  /// (N, H, W, inputs) and the activated embedding (N, 1, 1, dimension) → (N, H, W, outputs)
  func callAsFunction(_ x: Tensor, embedding: Tensor, on tape: Tape) -> Tensor {
    let time = tape.linear(embedding, timeProjection)
    let normal = tape.groupNormSiLU(x, norm1)
    var h = tape.convolution(normal, conv1, offset: scalesAndShifts ? nil : time)
    tape.discard(normal)
    h =
      scalesAndShifts
      ? tape.groupNormSiLU(h, norm2, modulation: time, overwriting: true)
      : tape.groupNormSiLU(h, norm2, overwriting: true)
    h = tape.dropout(h, probability: dropout, layer: index)
    let around = shortcut.map { tape.convolution(x, $0) } ?? x
    let sum = tape.convolution(h, conv2, adding: around)
    tape.discard(h)
    if shortcut != nil { tape.discard(around) }
    return tape.scale(sum, by: Float(1 / outputScale))
  }

  func describe(in list: inout NetworkLayerList) {
    list.add(norm1)
    list.add(conv1)
    list.add(timeProjection)
    list.add(norm2)
    list.add(conv2)
    if let shortcut { list.add(shortcut) }
  }
}

/// Self-attention over the pixels (Vaswani 2017) after group norm, around which the input goes unchanged.
struct AttentionBlock: Sendable {
  /// Nil where diffusers has none: in the middle of a network whose blocks scale and shift.
  let norm: GroupNorm?
  let query: Linear
  let key: Linear
  let value: Linear
  let projection: Linear
  let heads: Int
  /// Divides the output.
  let outputScale: Double

  /// (N, H, W, C) → (N, H, W, C)
  func callAsFunction(_ x: Tensor, on tape: Tape) -> Tensor {
    let h = norm.map { tape.groupNorm(x, $0) } ?? x
    let (q, k, v) = (tape.linear(h, query), tape.linear(h, key), tape.linear(h, value))
    if norm != nil { tape.discard(h) }
    let attended = tape.attention(q: q, k: k, v: v, heads: heads)
    for tensor in [q, k, v] { tape.discard(tensor) }
    let sum = tape.linear(attended, projection, adding: x)
    tape.discard(attended)
    return tape.scale(sum, by: Float(1 / outputScale))
  }

  func describe(in list: inout NetworkLayerList) {
    if let norm { list.add(norm, activates: false) }
    for linear in [query, key, value] { list.add(perPixel: linear) }
    list.addAttention(
      String(query.weight.name.dropLast("to_q.weight".count)) + "attention",
      channels: query.outputs, heads: heads)
    list.add(perPixel: projection)
  }
}

/// Makes the blocks of one network, all alike but for their channels.
struct BlockFactory {
  let settings: ResidualUNetSettings
  /// Dimension of the time's embedding.
  let embedding: Int
  private var count = 0

  init(settings: ResidualUNetSettings, embedding: Int) {
    self.settings = settings
    self.embedding = embedding
  }

  mutating func residual(
    _ name: String, from inputs: Int, to outputs: Int, isMiddle: Bool = false,
    in layout: inout ParameterLayout
  ) -> ResidualBlock {
    defer { count += 1 }
    let scalesAndShifts = settings.timeScaleShift == .scaleShift
    return ResidualBlock(
      norm1: norm("\(name).norm1", channels: inputs, in: &layout),
      conv1: Convolution("\(name).conv1", from: inputs, to: outputs, in: &layout),
      timeProjection: Linear(
        "\(name).time_emb_proj", from: embedding, to: scalesAndShifts ? 2 * outputs : outputs,
        in: &layout),
      norm2: norm("\(name).norm2", channels: outputs, in: &layout),
      conv2: Convolution("\(name).conv2", from: outputs, to: outputs, in: &layout),
      shortcut: inputs == outputs
        ? nil
        : Convolution(
          "\(name).conv_shortcut", from: inputs, to: outputs, kernel: 1, in: &layout),
      scalesAndShifts: scalesAndShifts, dropout: settings.dropout, index: count,
      outputScale: isMiddle ? settings.midBlockScaleFactor : 1)
  }

  func attention(
    _ name: String, channels: Int, isMiddle: Bool = false, in layout: inout ParameterLayout
  ) -> AttentionBlock {
    let hasNorm = !isMiddle || settings.timeScaleShift == .default
    return AttentionBlock(
      norm: hasNorm ? norm("\(name).group_norm", channels: channels, in: &layout) : nil,
      query: Linear("\(name).to_q", from: channels, to: channels, in: &layout),
      key: Linear("\(name).to_k", from: channels, to: channels, in: &layout),
      value: Linear("\(name).to_v", from: channels, to: channels, in: &layout),
      projection: Linear("\(name).to_out.0", from: channels, to: channels, in: &layout),
      heads: channels / (settings.attentionHeadDim ?? channels),
      outputScale: isMiddle ? settings.midBlockScaleFactor : 1)
  }

  private func norm(
    _ name: String, channels: Int, in layout: inout ParameterLayout
  ) -> GroupNorm {
    GroupNorm(
      name, groups: settings.normNumGroups, channels: channels, epsilon: Float(settings.normEps),
      in: &layout)
  }
}
