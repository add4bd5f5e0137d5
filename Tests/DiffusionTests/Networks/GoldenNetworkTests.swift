import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// The folder of golden numbers, which `make_goldens.py` there made with PyTorch.
func golden(_ name: String) throws -> Safetensors {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Goldens")
  return try Safetensors(contentsOf: folder.appendingPathComponent("\(name).safetensors").path)
}

/// (N, C, H, W) → (N, H, W, C)
func channelsLast(_ values: [Float], _ shape: [Int]) -> [Float] {
  let (n, c, h, w) = (shape[0], shape[1], shape[2], shape[3])
  var result = [Float](repeating: 0, count: values.count)
  for i in 0..<n {
    for k in 0..<c {
      for p in 0..<(h * w) { result[(i * h * w + p) * c + k] = values[(i * c + k) * h * w + p] }
    }
  }
  return result
}

/// The small U-Net and the multilayer perceptron against PyTorch: predictions, and the gradient of mean((prediction − noise)²) to every parameter.
@Suite struct GoldenNetworkTests {
  static let names = [
    "plain_levels1", "plain_levels2_linear", "plain_levels3_nonsquare", "plain_levels4_sinusoidal",
    "concat_levels2_linear", "concat_levels3_sinusoidal", "time_levels2_linear",
    "time_levels4_sinusoidal", "time_scale_shift_levels3", "unconditional_scale_shift",
    "mlp_sinusoidal", "mlp_linear", "mlp_embedded", "mlp_classes", "mlp_vector",
  ]

  struct Golden {
    let file: Safetensors
    let network: any Network
    let values: AlignedBuffer
    let shape: [Int]
    let x: [Float]
    let times: [Float]
    let condition: Condition

    init(_ name: String) throws {
      file = try golden(name)
      var weights = SafetensorsWriter()
      for (key, entry) in file.entries where key.hasPrefix("weights/") {
        weights.add(String(key.dropFirst(8)), shape: entry.shape, try file.floats(key))
      }
      let bare = try Safetensors(bytes: weights.bytes(), name: name)
      shape = try file.entry("x").shape
      var description = try NetworkDescription(inferredFrom: bare)
      (description.height, description.width) = (shape[2], shape[3])
      network = try description.makeNetwork()
      values = AlignedBuffer(count: network.layout.count)
      try NetworkFile.load(file, prefix: "weights/", layout: network.layout, into: values)
      x = channelsLast(try file.floats("x"), shape)
      times = try file.integers("t").map(Float.init)
      if let entry = file.entries["condition"] {
        condition = .vectors(try file.floats("condition"), dimension: entry.shape[1])
      } else if file.entries["class"] != nil {
        condition = .classes(try file.integers("class"))
      } else {
        condition = .none
      }
    }
  }

  /// 1e-5: PyTorch's own float32 is within 5e-7 of these float64 numbers.
  @Test(arguments: names) func predictions(_ name: String) throws {
    let golden = try Golden(name)
    let expected = channelsLast(try golden.file.floats("prediction"), golden.shape)
    for kernels in KernelSet.underTestBothWays() {
      let pool = WorkerPool(count: 2)
      defer { pool.end() }
      let predictor = Predictor(
        network: golden.network, values: golden.values, height: golden.shape[2],
        width: golden.shape[3], kernels: kernels, pool: pool)
      let found = predictor.predict(
        golden.x, times: golden.times, condition: golden.condition)
      #expect(relativeError(found, expected) < 1e-5, "\(kernels)")
    }
  }

  /// 1e-4 for each parameter: PyTorch's own float32 is within 1.8e-6.
  @Test(arguments: names) func gradients(_ name: String) throws {
    let golden = try Golden(name)
    let shape = Shape(
      count: golden.shape[0], height: golden.shape[2], width: golden.shape[3],
      channels: golden.shape[1])
    let target = channelsLast(try golden.file.floats("noise"), golden.shape)
    for kernels in KernelSet.underTestBothWays() {
      let weights = Weights(
        layout: golden.network.layout, values: golden.values, kernels: kernels, precision: .fp32)
      weights.packAll()
      let tape = Tape(
        workspace: Workspace(kernels: kernels, precision: .fp32), weights: weights)
      let gradient = AlignedBuffer(count: golden.network.layout.count)
      tape.reset(gradients: gradient.pointer)
      let input = tape.input(shape)
      _ = input.values.update(fromContentsOf: golden.x)
      let prediction = golden.network.predict(
        input, times: golden.times, condition: golden.condition, on: tape)
      tape.backward(from: prediction) { seed in
        for i in seed.indices {
          seed[i] = 2 * (prediction.data[i] - target[i]) / Float(target.count)
        }
      }
      for parameter in golden.network.layout.parameters {
        let expected = try golden.file.floats("gradients/\(parameter.name)")
        let found = parameter.exported(Array(gradient.values[parameter.range]))
        if expected.allSatisfy({ $0 == 0 }) {
          // A norm over one channel a group takes out what a bias adds: exactly nothing is left but rounding.
          #expect(found.allSatisfy { abs($0) < 1e-6 }, "\(kernels) \(parameter.name)")
        } else {
          #expect(relativeError(found, expected) < 1e-4, "\(kernels) \(parameter.name)")
        }
      }
    }
  }
}
