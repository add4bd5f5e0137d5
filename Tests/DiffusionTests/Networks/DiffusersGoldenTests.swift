import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Models that diffusers saved, with what it makes of them: `Goldens/unet`, by `make_unet_goldens.py` there.
enum DiffusersGoldens {
  static let names = [
    "attention_everywhere", "ddpm_options", "no_middle_attention", "one_level_classes",
    "learned_variance", "scale_shift", "scale_shift_classes", "straddling_groups",
    "three_levels_nonsquare", "two_levels",
  ]

  static func folder(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Goldens/unet/\(name)").path
  }
}

/// The residual U-Net against diffusers' `UNet2DModel`, from the files it wrote: predictions, and the gradients of
/// Σ prediction · seed to the image and to every parameter.
@Suite struct DiffusersGoldenTests {
  struct Golden {
    let model: NetworkFile
    let file: Safetensors
    let shape: [Int]
    let x: [Float]
    let times: [Float]
    let condition: Condition
    /// Larger gradients are kept at every `stride`-th value alone.
    let whole: Int
    let stride: Int

    init(_ name: String) throws {
      let folder = DiffusersGoldens.folder(name)
      model = try NetworkFile(contentsOf: folder)
      file = try Safetensors(contentsOf: "\(folder)/golden.safetensors")
      shape = try file.entry("x").shape
      x = channelsLast(try file.floats("x"), shape)
      times = try file.integers("t").map(Float.init)
      condition = file.entries["class"] == nil ? .none : .classes(try file.integers("class"))
      whole = try #require(file.metadata["whole"].flatMap { Int($0) })
      stride = try #require(file.metadata["stride"].flatMap { Int($0) })
    }

    /// What comes out, pixel by pixel, in the order of a predictor: of learned variances the prediction, then what is
    /// said of them.
    func outputs() throws -> [Float] {
      let outputs = try file.entry("output").shape
      let values = channelsLast(try file.floats("output"), outputs)
      let channels = shape[1]
      return Swift.stride(from: 0, to: outputs[1], by: channels).flatMap { first in
        values.indices.filter {
          (first..<first + channels).contains($0 % outputs[1])
        }.map { values[$0] }
      }
    }

    /// Of a parameter, as many of its values as the file has.
    func kept(_ values: [Float]) -> [Float] {
      values.count <= whole
        ? values : Swift.stride(from: 0, to: values.count, by: stride).map { values[$0] }
    }
  }

  /// 1e-5, where 1e-4 is asked: float32 of torch is within 7e-7 of these float64 numbers.
  @Test(arguments: DiffusersGoldens.names) func predictions(_ name: String) throws {
    let golden = try Golden(name)
    let expected = try golden.outputs()
    for kernels in KernelSet.underTestBothWays() {
      let pool = WorkerPool(count: 2)
      defer { pool.end() }
      let predictor = Predictor(
        network: golden.model.network, values: golden.model.values, height: golden.shape[2],
        width: golden.shape[3], kernels: kernels, pool: pool)
      var found = [Float](repeating: 0, count: expected.count)
      golden.x.withUnsafeBufferPointer { x in
        found.withUnsafeMutableBufferPointer { found in
          predictor.predict(
            x, times: golden.times, condition: golden.condition, worker: 0, into: found)
        }
      }
      #expect(relativeError(found, expected) < 1e-5, "\(kernels)")
      // Without being asked for variances it says none.
      let alone = predictor.predict(golden.x, times: golden.times, condition: golden.condition)
      #expect(relativeError(alone, Array(expected.prefix(golden.x.count))) < 1e-5, "\(kernels)")
    }
  }

  /// 1e-4 for each tensor, where 1e-3 is asked: float32 of torch is within 1e-5.
  @Test(arguments: DiffusersGoldens.names) func gradients(_ name: String) throws {
    let golden = try Golden(name)
    let network = golden.model.network
    let shape = Shape(
      count: golden.shape[0], height: golden.shape[2], width: golden.shape[3],
      channels: golden.shape[1])
    let seed = channelsLast(
      try golden.file.floats("seed"), try golden.file.entry("seed").shape)
    for kernels in KernelSet.underTestBothWays() {
      let weights = Weights(
        layout: network.layout, values: golden.model.values, kernels: kernels, precision: .fp32)
      weights.packAll()
      let tape = Tape(workspace: Workspace(kernels: kernels, precision: .fp32), weights: weights)
      let gradient = AlignedBuffer(count: network.layout.count)
      tape.reset(gradients: gradient.pointer)
      let input = tape.variable(shape)
      _ = input.values.update(fromContentsOf: golden.x)
      let prediction = network.predict(
        input, times: golden.times, condition: golden.condition, on: tape)
      tape.backward(from: prediction) { _ = $0.update(fromContentsOf: seed) }

      // Centring puts another input on the tape: nobody asks for the gradient to the image then.
      if golden.model.description.model.residual?.centerInputSample == false {
        let toImage = try #require(tape.gradientValues(of: input))
        let expected = channelsLast(try golden.file.floats("gradient"), golden.shape)
        #expect(relativeError(toImage, expected) < 1e-4, "\(kernels) x")
      }
      for parameter in network.layout.parameters {
        let expected = try golden.file.floats("gradients/\(parameter.name)")
        let found = golden.kept(parameter.exported(Array(gradient.values[parameter.range])))
        try #require(found.count == expected.count)
        if expected.allSatisfy({ $0 == 0 }) {
          // Softmax takes out what a bias of the keys adds: exactly nothing is left but rounding.
          #expect(found.allSatisfy { abs($0) < 1e-5 }, "\(kernels) \(parameter.name)")
        } else {
          #expect(relativeError(found, expected) < 1e-4, "\(kernels) \(parameter.name)")
        }
      }
    }
  }
}
