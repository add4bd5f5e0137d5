import Kernels

/// Makes the targets of distillation: goes two steps of DDIM with the teacher's weights, through which no gradient goes.
final class Teacher {
  private let network: any Network
  private let process: NoiseProcess
  private let levels: DistillationLevels
  private let settings: TrainingSettings
  private let weights: Weights
  private let tapes: [WorkerTape]
  /// The halving whose teacher's weights are packed.
  private var packed: Int?

  /// - Parameter values: the teacher's weights; others of a later halving.
  init(
    network: any Network, process: NoiseProcess, levels: DistillationLevels,
    settings: TrainingSettings, values: AlignedBuffer, kernels: KernelSet, workers: Int,
    meters: WorkerMeters?
  ) {
    self.network = network
    self.process = process
    self.levels = levels
    self.settings = settings
    let precision = Precision(settings.precision)
    let weights = Weights(
      layout: network.layout, values: values, kernels: kernels, precision: precision,
      forTraining: false)
    self.weights = weights
    tapes = (0..<workers).map { worker in
      WorkerTape(
        kernels: kernels, precision: precision, weights: weights, meter: meters?[worker])
    }
  }

  /// What makes the targets of a step, counted from 0.
  func targets(step: Int) -> TeacherTargets {
    let halving = settings.halving(step: step)
    if packed != halving {
      weights.packAll()
      packed = halving
    }
    // Its student has learned to be guided.
    let guidance = halving == 0 ? settings.distillation?.guidance ?? 1 : 1
    return TeacherTargets(
      network: network, process: process, levels: levels, tapes: tapes, step: step,
      guidance: guidance)
  }
}

/// The targets of one step.
struct TeacherTargets: Sendable {
  fileprivate let network: any Network
  fileprivate let process: NoiseProcess
  fileprivate let levels: DistillationLevels
  fileprivate let tapes: [WorkerTape]
  fileprivate let step: Int
  /// w of the teacher's guidance.
  fileprivate let guidance: Double

  /// Overwrites targets by what the student should say.
  /// - Parameters:
  ///   - target: (N, H, W, C).
  ///   - input: the noisy images as the network sees them (N, H, W, C).
  ///   - told: the images that it is told (N, H, W, condition's channels); nil: none.
  ///   - examples: of the N.
  ///   - first: place of the first in the batch.
  func write(
    into target: Tensor, input: Tensor, told: Tensor?, examples: [Example], first: Int,
    worker: Int
  ) {
    let tape = tapes[worker].tape
    tape.reset()
    let ways = examples.indices.map { levels.twoSteps(position: first + $0, step: step) }
    let said = predict(input, ways.map(\.from), told, examples, tape)
    let middle = tape.input(input.shape)
    for (i, way) in ways.enumerated() {
      let (x, output, next) = (input.image(i), said.image(i), middle.image(i))
      let (scale, nextScale) = (scale(way.from), scale(way.middle))
      for k in x.indices {
        next[k] = Float(nextScale * way.middle(x: Double(x[k]) / scale, output: Double(output[k])))
      }
    }
    let then = predict(middle, ways.map(\.middle), told, examples, tape)
    for (i, way) in ways.enumerated() {
      let (x, next, output, goal) = (
        input.image(i), middle.image(i), then.image(i), target.image(i)
      )
      let (scale, nextScale) = (scale(way.from), scale(way.middle))
      for k in x.indices {
        goal[k] = Float(
          way.target(
            x: Double(x[k]) / scale, middle: Double(next[k]) / nextScale,
            output: Double(output[k])))
      }
    }
  }

  private func scale(_ level: NoiseLevel) -> Double {
    process.prediction.inputScale(at: level, sigmaData: process.sigmaData)
  }

  /// What the teacher says of images at levels, guided where it is.
  private func predict(
    _ x: Tensor, _ levels: [NoiseLevel], _ told: Tensor?, _ examples: [Example], _ tape: Tape
  ) -> Tensor {
    let condition = examples.condition(for: network, of: examples.indices)
    let done = examples.augmentation(for: network, of: examples.indices)
    let output = predict(x, levels, told, condition, done, tape)
    guard guidance != 1 else { return output }
    let untold: Condition =
      if case .classes = condition {
        .classes([Int](repeating: network.classes, count: examples.count))
      } else {
        .none
      }
    let guide = predict(x, levels, nil, untold, done, tape)
    let scale = Float(guidance)
    for (k, value) in guide.values.enumerated() {
      output.values[k] = value + scale * (output.values[k] - value)
    }
    return output
  }

  private func predict(
    _ x: Tensor, _ levels: [NoiseLevel], _ told: Tensor?, _ condition: Condition,
    _ augmentation: [Float]?, _ tape: Tape
  ) -> Tensor {
    let side = network.side
    var seen = x
    if side.count > 0 {
      var shape = x.shape
      shape.channels = network.inputChannels
      seen = tape.input(shape)
      seen.fill(x.data, channels: x.shape.channels, beside: nil)
      if let told { seen.set(told, from: x.shape.channels + side.estimate) }
    }
    return network.predict(
      seen, times: levels.map { Float($0.time) }, condition: condition,
      augmentation: augmentation, on: tape)
  }
}
