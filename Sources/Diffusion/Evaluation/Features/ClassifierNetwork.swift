import Kernels

/// The network of ``ImageClassifier``: 3×3 convolutions that halve the image until it is at most 4 pixels wide, each
/// followed by group norm and SiLU; one more convolution with SiLU, whose mean over the pixels is the image's features;
/// and a linear layer from these to a logit a class (Lin 2014: global average pooling).
///
/// The linear layer goes over each pixel, which comes to the same: the mean of what it makes is what it makes of the mean.
struct ClassifierNetwork: Sendable {
  /// D, features of an image.
  static let features = 64

  let layout: ParameterLayout
  let input: HalvingInput
  let classes: Int

  private struct Stage: Sendable {
    let convolution: Convolution
    let norm: GroupNorm
  }
  private let stages: [Stage]
  private let last: Convolution
  private let output: Linear

  /// - Parameter image: (1, H, W, C).
  init(image: Shape, classes: Int) {
    input = HalvingInput(image)
    var layout = ParameterLayout()
    var width = image.channels
    stages = (0..<input.halvings).map { i in
      let wider = min(32 << i, Self.features)
      defer { width = wider }
      return Stage(
        convolution: Convolution(
          "stages.\(i).0", from: width, to: wider, stride: 2, in: &layout),
        norm: GroupNorm("stages.\(i).1", groups: 8, channels: wider, in: &layout))
    }
    last = Convolution("features", from: width, to: Self.features, in: &layout)
    output = Linear("output", from: Self.features, to: classes, in: &layout)
    self.layout = layout
    self.classes = classes
  }

  /// x (N, H, W, C) → the features and the logits of each pixel that is left, (N, h, w, 64) and (N, h, w, classes).
  func callAsFunction(_ x: Tensor, on tape: Tape) -> (features: Tensor, logits: Tensor) {
    var h = x
    for stage in stages {
      h = tape.groupNormSiLU(
        tape.convolution(h, stage.convolution), stage.norm, overwriting: true)
    }
    let features = tape.silu(tape.convolution(h, last))
    return (features, tape.linear(features, output))
  }
}

extension Tensor {
  /// (C): the mean of image i over its pixels, added in their order, in double.
  func meanOverPixels(_ i: Int) -> [Double] {
    let values = image(i)
    var sums = [Double](repeating: 0, count: shape.channels)
    for pixel in 0..<shape.pixels {
      for c in 0..<shape.channels { sums[c] += Double(values[pixel * shape.channels + c]) }
    }
    return sums.map { $0 / Double(shape.pixels) }
  }
}
