import Foundation
import Kernels

/// Trains a classifier: the mean cross-entropy, Adam, a rate that falls as half a cosine.
///
/// The bits do not depend on the number of workers: the batch goes through in lanes whose gradients are added in one fixed
/// tree.
struct CrossEntropyTraining {
  /// Images of a batch.
  static let batch = 64
  /// Parts of a batch that are summed by themselves.
  private static let lanes = 8

  let layout: ParameterLayout
  /// Labelled.
  let data: DataSet
  /// Of the first weights and the order of the images.
  let seed: UInt64
  /// Of the first step.
  let rate: Double
  let steps: Int
  let kernels: KernelSet
  let pool: WorkerPool

  /// What a network says of some images of a batch.
  struct Part: Sendable {
    /// Counted from 0.
    let step: Int
    /// Places in the data, of all that the lane has.
    let images: [Int]
    /// Of the first in the batch.
    let first: Int
  }

  /// - Parameters:
  ///   - progress: told how many steps are done, of how many.
  ///   - logits: (N, h, w, classes) of a part, whose mean over the pixels counts.
  /// - Returns: the weights, laid out as the layout says.
  func run(
    progress: (_ done: Int, _ of: Int) -> Void,
    logits: @escaping @Sendable (Part, Tape) -> Tensor
  ) -> [Float] {
    let values = AlignedBuffer(layout.initialValues(seed: seed))
    let (m, v) = (AlignedBuffer(count: layout.count), AlignedBuffer(count: layout.count))
    let weights = Weights(layout: layout, values: values, kernels: kernels, precision: .fp32)
    let tapes = (0..<pool.count).map { _ in
      WorkerTape(kernels: kernels, precision: .fp32, weights: weights, meter: nil)
    }
    let tree = TreeSum(size: layout.count, kernels: kernels)
    var order = EpochOrder(count: data.count, seed: seed)
    for step in 0..<steps {
      pool.forEachInPlace(weights.parts) { part, _ in weights.pack(part) }
      gradient(
        of: order.batch(step: step, size: Self.batch), step: step, tapes, tree, logits: logits)
      tree.complete(0..<layout.count)
      let rate = rate * 0.5 * (1 + cos(.pi * Double(step) / Double(steps)))
      kernels.adam(
        weights: values, m: m, v: v, average: nil, gradient: tree.total, range: 0..<layout.count,
        step: step + 1, learningRate: rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, scale: 1,
        decay: 0)
      progress(step + 1, steps)
    }
    return values.array()
  }

  /// Of the mean cross-entropy of these images, into the tree.
  private func gradient(
    of indices: [Int], step: Int, _ tapes: [WorkerTape], _ tree: TreeSum,
    logits: @escaping @Sendable (Part, Tape) -> Tensor
  ) {
    let lanes = min(Self.lanes, indices.count)
    tree.begin(lanes: lanes)
    pool.forEach(lanes) { [data] lane, worker in
      let first = lane * indices.count / lanes
      let images = indices[first..<(lane + 1) * indices.count / lanes]
      let buffer = tree.take()
      let tape = tapes[worker].tape
      tape.reset(gradients: buffer.pointer)
      let said = logits(Part(step: step, images: Array(images), first: first), tape)
      tape.backward(from: said) { seed in
        for (i, index) in images.enumerated() {
          var slope = softmax(said.meanOverPixels(i))
          slope[data.label(index) ?? 0] -= 1
          said.spread(slope, over: i, of: seed, by: Double(indices.count))
        }
      }
      tree.put(buffer, lane: lane)
    }
  }
}

extension Tensor {
  /// Writes what a slope of the mean over the pixels of image i is of each: a share of it, over `divisor`.
  func spread(
    _ slope: [Double], over i: Int, of seed: UnsafeMutableBufferPointer<Float>, by divisor: Double
  ) {
    let (pixels, channels) = (shape.pixels, shape.channels)
    for c in 0..<channels {
      let share = Float(slope[c] / (divisor * Double(pixels)))
      for pixel in 0..<pixels { seed[(i * pixels + pixel) * channels + c] = share }
    }
  }
}

/// e^{z_c}/Σ e^{z_k}
func softmax(_ logits: [Double]) -> [Double] {
  let largest = logits.max() ?? 0
  let powers = logits.map { exp($0 - largest) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}
