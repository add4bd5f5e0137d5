import Kernels

/// Inception v3 as the Fréchet inception distance takes it (Heusel 2017): the network of 2015-12-05, up to the 2,048
/// activations before its last layer, averaged over the pixels.
///
/// It differs from the one of the paper in its pools, as pytorch-fid found: those of mean within the blocks leave out what
/// is beyond the edge, and that of the last block takes the largest. Weights are the user's own, read by ``InceptionFile``.
struct InceptionNetwork: Sendable {
  /// Pixels of a side of what goes in.
  static let side = 299

  private let layers: [String: InferenceConvolution]
  /// D: 2,048 but in tests.
  let features: Int

  /// - Parameter layers: of every name in ``InceptionLayer/all(narrowedBy:)``.
  init(_ layers: [String: InferenceConvolution]) {
    self.layers = layers
    let last = ["branch1x1", "branch3x3_2a", "branch3x3_2b", "branch3x3dbl_3a", "branch3x3dbl_3b"]
    features =
      last.reduce(0) { $0 + (layers["Mixed_7c.\($1)"]?.outputs ?? 0) }
      + (layers["Mixed_7c.branch_pool"]?.outputs ?? 0)
  }

  /// - Parameter image: (H, W, 3) in [−1, 1], 75 pixels or more on a side.
  /// - Returns: (D).
  func callAsFunction(_ image: FeatureMap) -> [Double] {
    var h = convolved(image, "Conv2d_1a_3x3")
    h = convolved(h, "Conv2d_2a_3x3")
    h = convolved(h, "Conv2d_2b_3x3")
    h = h.maximumPooled(stride: 2, padding: 0)
    h = convolved(h, "Conv2d_3b_1x1")
    h = convolved(h, "Conv2d_4a_3x3")
    h = h.maximumPooled(stride: 2, padding: 0)
    for block in ["Mixed_5b", "Mixed_5c", "Mixed_5d"] { h = blockA(h, block) }
    h = blockB(h, "Mixed_6a")
    for block in ["Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"] { h = blockC(h, block) }
    h = blockD(h, "Mixed_7a")
    h = blockE(h, "Mixed_7b", pooled: h.averagePooled())
    h = blockE(h, "Mixed_7c", pooled: h.maximumPooled(stride: 1, padding: 1))
    return h.meanOverPixels
  }

  /// Through layers one after the other.
  private func convolved(_ x: FeatureMap, _ names: String...) -> FeatureMap {
    names.reduce(x) { x, name in
      guard let layer = layers[name] else { preconditionFailure("no layer \(name)") }
      return layer(x)
    }
  }

  private func blockA(_ x: FeatureMap, _ block: String) -> FeatureMap {
    FeatureMap(joining: [
      convolved(x, "\(block).branch1x1"),
      convolved(x, "\(block).branch5x5_1", "\(block).branch5x5_2"),
      convolved(
        x, "\(block).branch3x3dbl_1", "\(block).branch3x3dbl_2", "\(block).branch3x3dbl_3"),
      convolved(x.averagePooled(), "\(block).branch_pool"),
    ])
  }

  private func blockB(_ x: FeatureMap, _ block: String) -> FeatureMap {
    FeatureMap(joining: [
      convolved(x, "\(block).branch3x3"),
      convolved(
        x, "\(block).branch3x3dbl_1", "\(block).branch3x3dbl_2", "\(block).branch3x3dbl_3"),
      x.maximumPooled(stride: 2, padding: 0),
    ])
  }

  private func blockC(_ x: FeatureMap, _ block: String) -> FeatureMap {
    FeatureMap(joining: [
      convolved(x, "\(block).branch1x1"),
      convolved(x, "\(block).branch7x7_1", "\(block).branch7x7_2", "\(block).branch7x7_3"),
      convolved(
        x, "\(block).branch7x7dbl_1", "\(block).branch7x7dbl_2", "\(block).branch7x7dbl_3",
        "\(block).branch7x7dbl_4", "\(block).branch7x7dbl_5"),
      convolved(x.averagePooled(), "\(block).branch_pool"),
    ])
  }

  private func blockD(_ x: FeatureMap, _ block: String) -> FeatureMap {
    FeatureMap(joining: [
      convolved(x, "\(block).branch3x3_1", "\(block).branch3x3_2"),
      convolved(
        x, "\(block).branch7x7x3_1", "\(block).branch7x7x3_2", "\(block).branch7x7x3_3",
        "\(block).branch7x7x3_4"),
      x.maximumPooled(stride: 2, padding: 0),
    ])
  }

  private func blockE(_ x: FeatureMap, _ block: String, pooled: FeatureMap) -> FeatureMap {
    let single = convolved(x, "\(block).branch3x3_1")
    let double = convolved(x, "\(block).branch3x3dbl_1", "\(block).branch3x3dbl_2")
    return FeatureMap(joining: [
      convolved(x, "\(block).branch1x1"),
      convolved(single, "\(block).branch3x3_2a"),
      convolved(single, "\(block).branch3x3_2b"),
      convolved(double, "\(block).branch3x3dbl_3a"),
      convolved(double, "\(block).branch3x3dbl_3b"),
      convolved(pooled, "\(block).branch_pool"),
    ])
  }
}
