import Foundation
import Kernels

/// A small classifier trained by the workbench on a data set's own classes, of images that are as noisy as those that a
/// sampler sees: p(y | x_t), whose gradient leads samples to a class (Dhariwal & Nichol 2021, section 4).
///
/// The same data, noise process, program and instruction set give the same classifier, bit for bit, in every run.
public final class NoisyClassifier {
  let network: NoisyClassifierNetwork
  private let workers: [Worker]
  /// Images that go through the network together.
  private static let batch = 32

  private struct Worker {
    let tape: WorkerTape
    /// Gradients of the weights, which nobody wants.
    let scratch: AlignedBuffer
  }

  /// - Parameter values: the weights, laid out as the network's layout says.
  init(
    _ network: NoisyClassifierNetwork, values: [Float], kernels: KernelSet, pool: WorkerPool
  ) {
    self.network = network
    let weights = Weights(
      layout: network.layout, values: AlignedBuffer(values), kernels: kernels, precision: .fp32)
    weights.packAll()
    workers = (0..<pool.count).map { _ in
      Worker(
        tape: WorkerTape(kernels: kernels, precision: .fp32, weights: weights, meter: nil),
        scratch: AlignedBuffer(count: network.layout.count))
    }
  }

  /// The classifier of a data set and a noise process: from the cache, or trained now and kept there.
  ///
  /// - Parameters:
  ///   - data: labelled images or vectors.
  ///   - process: what noises them.
  ///   - cache: nil: none.
  ///   - progress: told how far the training is, where it is needed.
  /// - Throws: `DiffusionError(.badInput)` where the data have no classes to tell apart.
  static func of(
    _ data: DataSet, process: NoiseProcess, kernels: KernelSet, pool: WorkerPool,
    cache: MeasureCache? = .classifiers, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws(DiffusionError) -> NoisyClassifier {
    try check(data)
    let network = NoisyClassifierNetwork(
      image: Shape(
        count: 1, height: data.height, width: data.width, channels: data.channels),
      classes: data.classes)
    let key = MeasureCache.key(data, process: process, kernels: kernels)
    let values =
      cache?.read(key, count: network.layout.count)
      ?? {
        let values = NoisyClassifierTraining(
          network, data: data, process: process, kernels: kernels, pool: pool
        ).run(progress: progress)
        cache?.write(values, key)
        return values
      }()
    return NoisyClassifier(network, values: values, kernels: kernels, pool: pool)
  }

  /// - Throws: `DiffusionError(.badInput)` where there are no classes to tell apart.
  static func check(_ data: DataSet) throws(DiffusionError) {
    guard data.classes > 1, !data.labels.isEmpty else {
      throw DiffusionError(
        .badInput,
        "sampling.classifier_guidance takes a classifier trained on the data's classes, and \(data.name) has "
          + "\(data.classes == 1 ? "one" : "none")")
    }
  }

  /// ln p(y | x) of each image, and its gradient ∇_x ln p(y | x).
  ///
  /// What it says of an image depends on that image alone, bit for bit.
  /// - Parameters:
  ///   - x: (N, H, W, C) at a level.
  ///   - labels: (N) y; of one that is no class both are 0.
  ///   - worker: who asks; nil: the only one who does.
  /// - Returns: (N) and (N, H, W, C).
  func likelihoods(
    of labels: [Int], _ x: [Float], at level: NoiseLevel, worker: Int? = nil
  ) -> (logarithms: [Double], gradients: [Float]) {
    let elements = network.input.image.stride
    precondition(x.count == labels.count * elements)
    let (scale, worker) = (NoisyClassifierNetwork.scale(at: level), workers[worker ?? 0])
    var (logarithms, gradients) = ([Double](), [Float]())
    gradients.reserveCapacity(x.count)
    for first in stride(from: 0, to: labels.count, by: Self.batch) {
      let part = first..<min(first + Self.batch, labels.count)
      let tape = worker.tape.tape
      worker.scratch.clear()
      tape.reset(gradients: worker.scratch.pointer)
      var shape = network.input.padded
      shape.count = part.count
      let input = tape.variable(shape)
      x.withUnsafeBufferPointer { x in
        for (row, i) in part.enumerated() {
          network.input.put(
            UnsafeBufferPointer(rebasing: x[i * elements..<(i + 1) * elements]),
            scaled: Float(scale), into: input.image(row))
        }
      }
      let logits = network(
        input, at: [NoiseLevel](repeating: level, count: part.count), on: tape)
      tape.backward(from: logits) { seed in
        for (row, i) in part.enumerated() {
          let shares = softmax(logits.meanOverPixels(row))
          let isClass = shares.indices.contains(labels[i])
          logarithms.append(isClass ? log(shares[labels[i]]) : 0)
          logits.spread(
            shares.indices.map { isClass ? ($0 == labels[i] ? 1 : 0) - shares[$0] : 0 },
            over: row, of: seed, by: 1)
        }
      }
      let slopes = tape.gradientValues(of: input) ?? []
      slopes.withUnsafeBufferPointer { slopes in
        let padded = network.input.padded.stride
        for row in 0..<part.count {
          gradients += network.input.taken(
            from: UnsafeBufferPointer(rebasing: slopes[row * padded..<(row + 1) * padded]),
            scaled: scale)
        }
      }
    }
    return (logarithms, gradients)
  }
}

// Its mutable parts are one a worker, and `WorkerPool` runs each worker on one thread.
extension NoisyClassifier: @unchecked Sendable {}

extension MeasureCache {
  /// Of a ``NoisyClassifier``: 64 hexadecimal digits.
  static func key(_ data: DataSet, process: NoiseProcess, kernels: KernelSet) -> String {
    // What networks predict of the images, and with which variance they are drawn, is no part of how they are noised.
    var levels = process.settings
    (levels.prediction, levels.variance) = (.epsilon, .fixedSmall)
    return SHA256.hexadecimal(
      of: "noisy classifier \(NoisyClassifierTraining.version) \(data.fingerprint) "
        + "\(kernels.description) \(kernels.usesWinograd) \(NetworkFile.json(levels))")
  }
}

extension NoiseProcess {
  /// Adds what a classifier says of x to what a network says of it: ε̂ ← ε̂ − s·σ·∇_x ln p(y | x) (Dhariwal & Nichol 2021,
  /// algorithm 2), in the terms of whatever the network predicts; x̂_0 ← x̂_0 + s·(σ²/α)·∇_x ln p(y | x).
  ///
  /// - Parameters:
  ///   - output: (N, D), and whatever stands behind.
  ///   - gradient: (N, D), ∇_x ln p(y | x).
  ///   - strength: s.
  ///   - level: α > 0.
  func steer(
    _ output: inout [Float], along gradient: [Float], strength: Double, at level: NoiseLevel
  ) {
    let form = prediction.form(at: level, sigmaData: sigmaData)
    let factor = strength * level.noiseVariance / level.signal * form.divisor / form.output
    for i in gradient.indices {
      output[i] = Float(Double(output[i]) + factor * Double(gradient[i]))
    }
  }
}
