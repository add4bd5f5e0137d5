import Kernels

/// A convolution of ``InceptionNetwork``: what it is called in a file of weights, and its sides.
struct InceptionLayer: Sendable, Hashable {
  /// As torchvision and pytorch-fid call it, such as `Mixed_5b.branch5x5_1`.
  let name: String
  let inputs: Int
  let outputs: Int
  let kernel: InferenceConvolution.Sides
  let stride: Int
  let padding: InferenceConvolution.Sides

  /// All 94 of them (Szegedy 2016, "Rethinking the Inception Architecture", figures 5 to 7 and 10; widths as in the network of
  /// 2015-12-05).
  ///
  /// - Parameter divisor: of every width, for tests: a network of the same wiring that is computed in no time.
  static func all(narrowedBy divisor: Int = 1) -> [InceptionLayer] {
    var list = List(divisor: divisor)
    list.add("Conv2d_1a_3x3", 3, 32, 3, stride: 2)
    list.add("Conv2d_2a_3x3", 32, 32, 3)
    list.add("Conv2d_2b_3x3", 32, 64, 3, padding: 1)
    list.add("Conv2d_3b_1x1", 64, 80, 1)
    list.add("Conv2d_4a_3x3", 80, 192, 3)
    list.addA("Mixed_5b", 192, pooled: 32)
    list.addA("Mixed_5c", 256, pooled: 64)
    list.addA("Mixed_5d", 288, pooled: 64)
    list.addB("Mixed_6a", 288)
    list.addC("Mixed_6b", 768, inner: 128)
    list.addC("Mixed_6c", 768, inner: 160)
    list.addC("Mixed_6d", 768, inner: 160)
    list.addC("Mixed_6e", 768, inner: 192)
    list.addD("Mixed_7a", 768)
    list.addE("Mixed_7b", 1280)
    list.addE("Mixed_7c", 2048)
    return list.layers
  }

  private struct List {
    let divisor: Int
    var layers: [InceptionLayer] = []

    mutating func add(
      _ name: String, _ inputs: Int, _ outputs: Int, _ height: Int, _ width: Int, stride: Int = 1,
      padded: Bool
    ) {
      layers.append(
        InceptionLayer(
          name: name, inputs: inputs == 3 ? 3 : inputs / divisor, outputs: outputs / divisor,
          kernel: .init(height, width), stride: stride,
          padding: padded ? .init(height / 2, width / 2) : .init(0, 0)))
    }

    mutating func add(
      _ name: String, _ inputs: Int, _ outputs: Int, _ side: Int, stride: Int = 1, padding: Int = 0
    ) {
      add(name, inputs, outputs, side, side, stride: stride, padded: padding > 0)
    }

    mutating func addA(_ block: String, _ inputs: Int, pooled: Int) {
      add("\(block).branch1x1", inputs, 64, 1)
      add("\(block).branch5x5_1", inputs, 48, 1)
      add("\(block).branch5x5_2", 48, 64, 5, padding: 2)
      add("\(block).branch3x3dbl_1", inputs, 64, 1)
      add("\(block).branch3x3dbl_2", 64, 96, 3, padding: 1)
      add("\(block).branch3x3dbl_3", 96, 96, 3, padding: 1)
      add("\(block).branch_pool", inputs, pooled, 1)
    }

    mutating func addB(_ block: String, _ inputs: Int) {
      add("\(block).branch3x3", inputs, 384, 3, stride: 2)
      add("\(block).branch3x3dbl_1", inputs, 64, 1)
      add("\(block).branch3x3dbl_2", 64, 96, 3, padding: 1)
      add("\(block).branch3x3dbl_3", 96, 96, 3, stride: 2)
    }

    mutating func addC(_ block: String, _ inputs: Int, inner: Int) {
      add("\(block).branch1x1", inputs, 192, 1)
      add("\(block).branch7x7_1", inputs, inner, 1)
      add("\(block).branch7x7_2", inner, inner, 1, 7, padded: true)
      add("\(block).branch7x7_3", inner, 192, 7, 1, padded: true)
      add("\(block).branch7x7dbl_1", inputs, inner, 1)
      add("\(block).branch7x7dbl_2", inner, inner, 7, 1, padded: true)
      add("\(block).branch7x7dbl_3", inner, inner, 1, 7, padded: true)
      add("\(block).branch7x7dbl_4", inner, inner, 7, 1, padded: true)
      add("\(block).branch7x7dbl_5", inner, 192, 1, 7, padded: true)
      add("\(block).branch_pool", inputs, 192, 1)
    }

    mutating func addD(_ block: String, _ inputs: Int) {
      add("\(block).branch3x3_1", inputs, 192, 1)
      add("\(block).branch3x3_2", 192, 320, 3, stride: 2)
      add("\(block).branch7x7x3_1", inputs, 192, 1)
      add("\(block).branch7x7x3_2", 192, 192, 1, 7, padded: true)
      add("\(block).branch7x7x3_3", 192, 192, 7, 1, padded: true)
      add("\(block).branch7x7x3_4", 192, 192, 3, stride: 2)
    }

    mutating func addE(_ block: String, _ inputs: Int) {
      add("\(block).branch1x1", inputs, 320, 1)
      add("\(block).branch3x3_1", inputs, 384, 1)
      add("\(block).branch3x3_2a", 384, 384, 1, 3, padded: true)
      add("\(block).branch3x3_2b", 384, 384, 3, 1, padded: true)
      add("\(block).branch3x3dbl_1", inputs, 448, 1)
      add("\(block).branch3x3dbl_2", 448, 384, 3, padding: 1)
      add("\(block).branch3x3dbl_3a", 384, 384, 1, 3, padded: true)
      add("\(block).branch3x3dbl_3b", 384, 384, 3, 1, padded: true)
      add("\(block).branch_pool", inputs, 192, 1)
    }
  }
}
