public import Kernels

/// A multilayer perceptron for vectors, name for name and value for value that of `docs/reference/mlp.py`.
///
/// h ← W·features(x) + b; then of each hidden layer h ← h + W·SiLU(h + P·e) + b, where e is the time embedding, the
/// class's vector added to it; the prediction is W·SiLU(h) + b. Vectors are images of 1×1 with a channel a dimension.
public struct MLP: Network {
  public let layout: ParameterLayout
  public let channels: Int
  public let outputChannels: Int
  public let side: SideChannels
  public let classes: Int
  public let conditionWidth: Int
  public var sizeMultiple: Int { 1 }

  private struct Layer: Sendable {
    /// From the time embedding.
    let projection: Linear
    let linear: Linear
  }

  private let width: Int
  private let embedding: InputEmbedding
  private let time: TimeEmbedding
  /// A vector per class added to the time embedding, SiLU after the sum.
  private let classEmbedding: Embedding?
  /// A vector's in the same way.
  private let vectorEmbedding: VectorEmbedding?
  private let input: Linear
  private let hidden: [Layer]
  private let output: Linear
  private let dropout: Double

  /// - Parameters:
  ///   - channels: D, the vectors' dimensions.
  ///   - classes: of the data; nothing is conditioned on without them.
  ///   - timeSpan: what times go up to, T of timesteps.
  ///   - learnsVariance: whether it says variances beside its prediction.
  ///   - side: what it sees beside the vector.
  ///   - conditionWidth: D + 1 of vectors that it is told; 0: none.
  /// - Precondition: the embeddings' dimensions are even.
  public init(
    _ model: ModelSettings, conditioning: ConditioningSettings, channels: Int, classes: Int,
    timeSpan: Double, learnsVariance: Bool = false, side: SideChannels = SideChannels(),
    conditionWidth: Int = 0
  ) {
    outputChannels = learnsVariance ? 2 * channels : channels
    let settings = model.mlp ?? MLPSettings()
    var layout = ParameterLayout()
    self.channels = channels
    self.side = side
    self.conditionWidth = conditionWidth
    width = settings.width
    dropout = model.dropout
    let isConditional = conditioning.kind == .class && classes > 0
    self.classes = isConditional ? classes : 0
    let dimension = model.timeEmbeddingDim

    time = TimeEmbedding(
      model.timeEmbedding, dimension: dimension, span: timeSpan, in: &layout)
    embedding = InputEmbedding(settings)
    input = Linear(
      "input", from: embedding.values(dimensions: channels + side.count), to: width, in: &layout)
    hidden = (0..<settings.layers).map { i in
      Layer(
        projection: Linear(
          "time_projection.\(i)", from: dimension, to: settings.width, in: &layout),
        linear: Linear("layers.\(i)", from: settings.width, to: settings.width, in: &layout))
    }
    output = Linear("output", from: width, to: outputChannels, in: &layout)
    classEmbedding =
      isConditional
      ? Embedding("class_embedding", count: classes + 1, channels: dimension, in: &layout) : nil
    vectorEmbedding =
      conditionWidth > 0
      ? VectorEmbedding(inputs: conditionWidth, dimension: dimension, in: &layout) : nil
    self.layout = layout
  }

  public func predict(
    _ x: Tensor, times: [Float], condition: Condition, augmentation: [Float]?, on tape: Tape
  ) -> Tensor {
    var e = time(times, on: tape)
    if let classEmbedding {
      let indices = condition.indices(count: x.shape.count, null: classes)
      e = tape.silu(tape.addEmbedding(e, classEmbedding, indices: indices))
    }
    if let vectorEmbedding {
      e = tape.silu(vectorEmbedding(adding: e, condition, on: tape))
    }
    var h = tape.linear(embedding(x, on: tape), input)
    for (i, layer) in hidden.enumerated() {
      // h + P·e in one go: what is added to a linear layer's output is its residual.
      let told = tape.linear(e, layer.projection, adding: h)
      let active = tape.dropout(tape.silu(told), probability: dropout, layer: i)
      h = tape.linear(active, layer.linear, adding: h)
    }
    return tape.linear(tape.silu(h), output)
  }

  // MARK: What it costs

  public func flops(height: Int, width: Int) -> Double {
    Double(height * width)
      * layers(height: height, width: width).reduce(0) { $0 + $1.flops }
  }

  public func trainingFlops(height: Int, width: Int) -> Double {
    3 * flops(height: height, width: width)
      - Double(height * width) * (input.flops + time.first.flops)
  }

  public func activations(height: Int, width: Int) -> Int {
    // Of each layer the sum with the time, its SiLU and its output, and their gradients.
    2 * (self.width * (3 * hidden.count + 2) + input.inputs + 4 * time.dimension)
  }

  // Vectors are small: what goes with each pass over the network would take longer than they do.
  public var largestMicroBatch: Int { 256 }
  public var leastLane: Int { 64 }

  public func layers(height: Int, width: Int) -> [NetworkLayer] {
    var list = NetworkLayerList(height: height, width: width)
    list.add(time.first)
    list.add(time.second)
    if let classEmbedding { list.add(classEmbedding) }
    vectorEmbedding?.describe(in: &list)
    list.add(input)
    for layer in hidden {
      list.add(layer.projection)
      list.add(layer.linear)
    }
    list.add(output)
    return list.layers
  }
}
