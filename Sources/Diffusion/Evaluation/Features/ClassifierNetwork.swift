import Kernels

/// The network of ``ImageClassifier``: 3×3 convolutions that halve the image until it is at most 4 pixels wide, each
/// followed by group norm and SiLU; one more convolution with SiLU, whose mean over the pixels is the image's features;
/// and a linear layer from these to a logit a class (Lin 2014: global average pooling).
///
/// The linear layer goes over each pixel, which comes to the same: the mean of what it makes is what it makes of the mean.
struct ClassifierNetwork: Sendable {
  /// D, features of an image.
  static let features = 64
  private static let largestSide = 4

  let layout: ParameterLayout
  /// Of the images, before they are padded.
  let image: Shape
  /// (1, H, W, C) of what goes in: sides are padded with zeros, behind, to a multiple of what halving needs.
  let input: Shape
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
    var halvings = 0
    while max(image.height, image.width) > Self.largestSide << halvings { halvings += 1 }
    var layout = ParameterLayout()
    var width = image.channels
    stages = (0..<halvings).map { i in
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
    self.image = image
    self.classes = classes
    var input = image
    let multiple = 1 << halvings
    input.height = (image.height + multiple - 1) / multiple * multiple
    input.width = (image.width + multiple - 1) / multiple * multiple
    self.input = input
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

  /// Puts an image (H, W, C) where the network sees it.
  ///
  /// - Parameter place: room for `input.stride` values.
  func put(
    _ image: UnsafeBufferPointer<Float>, into place: UnsafeMutableBufferPointer<Float>
  ) {
    if input == self.image {
      _ = place.update(fromContentsOf: image)
      return
    }
    place.update(repeating: 0)
    let row = self.image.width * self.image.channels
    for y in 0..<self.image.height {
      for x in 0..<row { place[y * input.width * input.channels + x] = image[y * row + x] }
    }
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
