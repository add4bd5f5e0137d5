import Kernels

/// Weights of the Inception network in a safetensors file, which the user has: pytorch-fid's and torch-fidelity's, whose
/// names and values are the same (`pt_inception-2015-12-05-6726825d.pth`, `weights-inception-2015-12-05-6726825d.pth`).
package struct InceptionFile: Sendable {
  private let file: Safetensors
  private let layers: [InceptionLayer]

  /// SHA-256 of names, shapes and values in float32 of all that the features follow from, as 64 hexadecimal digits: the same
  /// for a file, its copy, and one that holds the same values in another order or beside others.
  package let contentHash: String

  /// Of the last layer, which is not read: what tells these weights from torchvision's own, which have 1,000 classes and
  /// are another network's.
  private static let classes = 1008

  /// - Throws: `DiffusionError`: `notFound`, `inputOutput`, `badInput` with the tensor that is missing or of another shape.
  package init(contentsOf path: String) throws(DiffusionError) {
    try self.init(Safetensors(contentsOf: path))
  }

  /// - Parameter divisor: of all widths, for tests.
  init(_ file: Safetensors, narrowedBy divisor: Int = 1) throws(DiffusionError) {
    let layers = InceptionLayer.all(narrowedBy: divisor)
    func refuse(_ what: String) -> DiffusionError {
      DiffusionError(
        .badInput,
        "'\(file.name)' does not hold the weights of the Inception network of 2015-12-05 that the FID is by: \(what). "
          + "They are those of pytorch-fid or torch-fidelity, converted as docs/fid.md says")
    }
    guard let last = file.entries["fc.weight"] else { throw refuse("it has no tensor 'fc.weight'") }
    guard last.shape.first == Self.classes else {
      throw refuse("'fc.weight' is \(last.shape), of which the first is \(Self.classes) there")
    }
    var hash = SHA256()
    hash.update("inception 1\n")
    for layer in layers {
      for (name, shape) in layer.tensors {
        guard let entry = file.entries[name] else { throw refuse("it has no tensor '\(name)'") }
        guard entry.shape == shape else {
          throw refuse("'\(name)' is \(entry.shape), not \(shape)")
        }
        hash.update("\(name) \(shape)\n")
        let values = try file.floats(name)
        guard values.allSatisfy(\.isFinite) else {
          throw refuse("'\(name)' has values that are not finite")
        }
        values.withUnsafeBytes { hash.update($0) }
      }
    }
    self.file = file
    self.layers = layers
    contentHash = hash.hexadecimal()
  }

  /// - Throws: what reading a tensor throws.
  func network() throws(DiffusionError) -> InceptionNetwork {
    try InceptionNetwork(layers) { (name) throws(DiffusionError) in try file.floats(name) }
  }
}

extension InceptionNetwork {
  /// ε of the batch norms (BatchNorm2d's `eps`).
  private static let epsilon = 0.001

  /// The network of tensors by their names, each with as many values as its layer says.
  ///
  /// A convolution without bias and the batch norm behind it are one: with s = γ/√(variance + ε), s·(w·x − mean) + β is
  /// (s·w)·x + (β − s·mean).
  init<Failure: Error>(
    _ layers: [InceptionLayer], tensor: (_ name: String) throws(Failure) -> [Float]
  ) throws(Failure) {
    var convolutions: [String: InferenceConvolution] = [:]
    for layer in layers {
      var weights = try tensor("\(layer.name).conv.weight")
      let gamma = try tensor("\(layer.name).bn.weight")
      let beta = try tensor("\(layer.name).bn.bias")
      let mean = try tensor("\(layer.name).bn.running_mean")
      let variance = try tensor("\(layer.name).bn.running_var")
      var bias: [Float] = []
      let taps = weights.count / layer.outputs
      for output in 0..<layer.outputs {
        let scale = Double(gamma[output]) / (Double(variance[output]) + Self.epsilon).squareRoot()
        for i in output * taps..<(output + 1) * taps {
          weights[i] = Float(Double(weights[i]) * scale)
        }
        bias.append(Float(Double(beta[output]) - scale * Double(mean[output])))
      }
      convolutions[layer.name] = InferenceConvolution(
        weights: weights, bias: bias, kernel: layer.kernel, stride: layer.stride,
        padding: layer.padding, inputs: layer.inputs)
    }
    self.init(convolutions)
  }
}

extension InceptionLayer {
  /// The tensors that a file has of it, and their shapes.
  var tensors: [(name: String, shape: [Int])] {
    [("\(name).conv.weight", [outputs, inputs, kernel.height, kernel.width])]
      + ["weight", "bias", "running_mean", "running_var"].map { ("\(name).bn.\($0)", [outputs]) }
  }
}
