import Kernels

/// Loss and gradient of a batch, spread over workers by lanes.
///
/// A batch is cut into lanes; each lane goes through the network a micro-batch at a time and sums its gradients into a
/// buffer of its own; the lanes' buffers are added in one fixed tree. Nothing of that depends on how many
/// workers there are, so neither do the bits.
final class GradientEngine {
  /// Writes the network's input (the noisy image), its target and, where they are asked for, x_0 and the image that the
  /// network is told.
  typealias Filler =
    @Sendable (
      _ position: Int, _ input: UnsafeMutableBufferPointer<Float>,
      _ target: UnsafeMutableBufferPointer<Float>, _ data: UnsafeMutableBufferPointer<Float>?,
      _ condition: UnsafeMutableBufferPointer<Float>?
    ) -> Example

  private let network: any Network
  private let height: Int
  private let width: Int
  private let pool: WorkerPool
  private let tree: TreeSum
  private let tapes: [WorkerTape]
  private let microBatch: Int
  private let meters: WorkerMeters?

  init(
    network: any Network, height: Int, width: Int, weights: Weights, kernels: KernelSet,
    precision: Precision, pool: WorkerPool, meters: WorkerMeters? = nil
  ) {
    self.network = network
    self.height = height
    self.width = width
    self.pool = pool
    self.meters = meters
    tree = TreeSum(size: network.layout.count, kernels: kernels)
    tapes = (0..<pool.count).map { worker in
      WorkerTape(
        kernels: kernels, precision: precision, weights: weights, meter: meters?[worker])
    }
    microBatch = Self.microBatch(
      activations: network.activations(height: height, width: width),
      parameters: network.layout.parameterCount, largest: network.largestMicroBatch)
  }

  /// Images that go through the network together: as many as keep their activations within the cache of a core, and
  /// where weights are many at least two: four would pay better for streaming the weights from memory, hardly, and take
  /// half as much memory again.
  static func microBatch(activations: Int, parameters: Int, largest: Int) -> Int {
    let least = parameters < 1 << 20 ? 1 : 2
    return max(least, min(largest, (1 << 20) / max(activations, 1)))
  }

  /// - Parameters:
  ///   - batch: images.
  ///   - lanes: parts that are summed by themselves.
  ///   - lossScale: multiplies the gradient.
  ///   - dropout: seed and step that dropout draws from.
  ///   - loss: of an example.
  ///   - estimate: of self-conditioning; nil: the network hears none.
  ///   - teacher: of distillation; nil: targets are as they are filled in.
  ///   - microscope: looks at what products are made of.
  /// - Returns: the loss's mean over all values, each example's sum of it over its values, and the gradient, to be
  ///   completed and valid until the next call.
  func run(
    batch: Int, lanes: Int, lossScale: Double, dropout: (seed: UInt64, step: Int),
    loss: ExampleLoss, estimate: OwnEstimate? = nil, teacher: TeacherTargets? = nil,
    microscope: RoundingMicroscope? = nil,
    fill: @escaping Filler
  ) -> (loss: Double, losses: ResultTable, gradient: TreeSum) {
    tree.begin(lanes: lanes)
    microscope?.begin(lanes: lanes)
    let shape = Shape(count: 1, height: height, width: width, channels: network.channels)
    let scale = lossScale / Double(batch * shape.stride)
    let losses = ResultTable(count: batch)
    pool.forEach(lanes) { [network, tapes, tree, microBatch, meters] lane, worker in
      let images = (lane * batch / lanes)..<((lane + 1) * batch / lanes)
      let buffer = meters.measured(worker, Work(summing: network.layout, values: 1)) {
        tree.take()
      }
      let tape = tapes[worker].tape
      tape.observer = microscope?.observer(lane: lane)
      defer { tape.observer = nil }
      tape.meter?.begin()
      for first in stride(from: images.lowerBound, to: images.upperBound, by: microBatch) {
        let count = min(microBatch, images.upperBound - first)
        tape.reset(
          gradients: buffer.pointer,
          dropout: DropoutSource(seed: dropout.seed, step: dropout.step, firstImage: first))
        var shape = shape
        shape.count = count
        let input = tape.input(shape)
        let target = tape.input(shape)
        let data = loss.needsData ? tape.input(shape) : nil
        let (side, channels) = (network.side, shape.channels)
        let told = side.condition > 0 ? tape.input(shape.with(side.condition)) : nil
        let examples = meters.measured(
          worker, Work("image and noise", .forward, shape, touching: 3 * shape.elements)
        ) {
          (0..<count).map { i in
            fill(
              first + i, input.image(i), target.image(i), data?.image(i), told?.image(i))
          }
        }
        teacher?.write(
          into: target, input: input, told: told, examples: examples, first: first,
          worker: worker)
        let seen = side.count == 0 ? input : tape.input(shape.with(network.inputChannels))
        if side.count > 0 {
          seen.fill(input.data, channels: channels, beside: nil)
          if let told { seen.set(told, from: channels + side.estimate) }
          estimate?.write(
            into: seen, input: input, examples: examples, network: network, on: tape)
        }
        func arrays(_ i: Int, _ prediction: Tensor) -> ExampleLoss.Arrays {
          .init(
            output: prediction.image(i), target: target.image(i), input: input.image(i),
            data: data?.image(i), channels: shape.channels)
        }
        let prediction = network.predict(
          seen, times: examples.map { Float($0.level.time) },
          condition: examples.condition(for: network, of: examples.indices),
          augmentation: examples.augmentation(for: network, of: examples.indices), on: tape)
        meters.measured(worker, Work("loss", .forward, shape, touching: 2 * shape.elements)) {
          for i in 0..<count {
            losses[first + i] = loss.value(arrays(i, prediction), examples[i])
          }
        }
        tape.backward(from: prediction) { seed in
          meters.measured(worker, Work("loss", .backward, shape, touching: 3 * shape.elements)) {
            for i in 0..<count {
              loss.gradient(
                arrays(i, prediction), examples[i], scale: scale,
                into: UnsafeMutableBufferPointer(
                  rebasing: seed[
                    i * prediction.shape.stride..<(i + 1) * prediction.shape.stride]))
            }
          }
        }
      }
      tape.meter?.end(.unmeasured)
      meters.measured(worker, Work(summing: network.layout, values: 3)) {
        tree.put(buffer, lane: lane)
      }
    }
    return (losses.sum / Double(batch * shape.stride), losses, tree)
  }
}

extension Work {
  /// - Parameter values: read and written of each parameter.
  fileprivate init(summing layout: ParameterLayout, values: Int) {
    self.init(
      "sum of gradients", .update, shape: "\(layout.count)",
      bytes: Double(values * layout.count * MemoryLayout<Float>.stride))
  }
}

extension Shape {
  /// The same with other channels.
  fileprivate func with(_ channels: Int) -> Shape {
    Shape(count: count, height: height, width: width, channels: channels)
  }
}

extension Tensor {
  /// Values of image i.
  func image(_ i: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: data + i * shape.stride, count: shape.stride)
  }
}

/// Σ (a − b)², in double.
func squaredDifference(
  _ a: UnsafeMutableBufferPointer<Float>, _ b: UnsafeMutableBufferPointer<Float>
) -> Double {
  var sum = 0.0
  for i in a.indices {
    let difference = Double(a[i]) - Double(b[i])
    sum += difference * difference
  }
  return sum
}
