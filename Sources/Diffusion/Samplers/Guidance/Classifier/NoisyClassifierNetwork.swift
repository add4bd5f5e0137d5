import Foundation
import Kernels

/// The network of ``NoisyClassifier``, which is told how noisy an image is (Dhariwal & Nichol 2021, section 4).
///
/// Of images, the stages of ``ClassifierNetwork``, each norm scaled and shifted by the embedded noise level; of vectors,
/// two hidden layers of a perceptron to which the embedding is added.
struct NoisyClassifierNetwork: Sendable {
  private static let features = 64
  private static let embedding = 64
  private static let hidden = 128

  let layout: ParameterLayout
  let input: HalvingInput
  let classes: Int

  private struct Stage: Sendable {
    let convolution: Convolution
    let norm: GroupNorm
    let projection: Linear
  }

  private struct Layer: Sendable {
    let projection: Linear
    let linear: Linear
  }

  private let time: TimeEmbedding
  private let stages: [Stage]
  /// Of images.
  private let last: Convolution?
  /// Of vectors.
  private let first: Linear?
  private let layers: [Layer]
  private let output: Linear

  /// - Parameter image: (1, H, W, C); H = W = 1 of vectors.
  init(image: Shape, classes: Int) {
    input = HalvingInput(image)
    var layout = ParameterLayout()
    time = TimeEmbedding(.sinusoidal, dimension: Self.embedding, span: 1000, in: &layout)
    if image.pixels > 1 {
      var width = image.channels
      stages = (0..<input.halvings).map { i in
        let wider = min(32 << i, Self.features)
        defer { width = wider }
        return Stage(
          convolution: Convolution(
            "stages.\(i).0", from: width, to: wider, stride: 2, in: &layout),
          norm: GroupNorm("stages.\(i).1", groups: 8, channels: wider, in: &layout),
          projection: Linear(
            "time_projection.\(i)", from: Self.embedding, to: 2 * wider, in: &layout))
      }
      last = Convolution("features", from: width, to: Self.features, in: &layout)
      (first, layers) = (nil, [])
      output = Linear("output", from: Self.features, to: classes, in: &layout)
    } else {
      (stages, last) = ([], nil)
      first = Linear("input", from: image.channels, to: Self.hidden, in: &layout)
      layers = (0..<2).map { i in
        Layer(
          projection: Linear(
            "time_projection.\(i)", from: Self.embedding, to: Self.hidden, in: &layout),
          linear: Linear("layers.\(i)", from: Self.hidden, to: Self.hidden, in: &layout))
      }
      output = Linear("output", from: Self.hidden, to: classes, in: &layout)
    }
    self.layout = layout
    self.classes = classes
  }

  /// What x is multiplied by before the network sees it: 1 where variance is preserved.
  static func scale(at level: NoiseLevel) -> Double {
    1 / (level.signalVariance + level.noiseVariance).squareRoot()
  }

  /// What it hears of a level, in 0 … 1000: ln σ/α of any process, within ±10.
  private static func time(of level: NoiseLevel) -> Float {
    Float(500 + 50 * min(max(level.logRatio, -10), 10))
  }

  /// x (N, H, W, C), scaled, each at a level of its own → logits of each pixel that is left, (N, h, w, classes).
  func callAsFunction(_ x: Tensor, at levels: [NoiseLevel], on tape: Tape) -> Tensor {
    let e = tape.silu(time(levels.map { Self.time(of: $0) }, on: tape))
    guard let first else {
      var h = x
      for stage in stages {
        h = tape.groupNormSiLU(
          tape.convolution(h, stage.convolution), stage.norm,
          modulation: tape.linear(e, stage.projection), overwriting: true)
      }
      if let last { h = tape.silu(tape.convolution(h, last)) }
      return tape.linear(h, output)
    }
    var h = tape.linear(x, first)
    for layer in layers {
      let told = tape.linear(e, layer.projection, adding: h)
      h = tape.linear(tape.silu(told), layer.linear, adding: h)
    }
    return tape.linear(tape.silu(h), output)
  }
}
