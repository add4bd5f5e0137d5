public import Kernels

/// A network with settled weights that predicts on several threads.
///
/// What it predicts for an image depends on that image alone, bit for bit: not on the batch, not on the workers.
public final class Predictor {
  /// The network that predicts.
  public let network: any Network
  /// Of the images, in pixels.
  public let height: Int
  /// Of the images, in pixels.
  public let width: Int
  let pool: WorkerPool
  private let tapes: [WorkerTape]
  /// Images that go through the network together, at most.
  private let largestBatch: Int

  /// - Parameters:
  ///   - values: parameters, laid out as the network's layout says; packed here, once.
  ///   - meters: told what takes how long.
  public init(
    network: any Network, values: AlignedBuffer, height: Int, width: Int,
    precision: Precision = .fp32, kernels: KernelSet = .best, pool: WorkerPool,
    meters: WorkerMeters? = nil
  ) {
    self.network = network
    self.height = height
    self.width = width
    self.pool = pool
    let weights = Weights(
      layout: network.layout, values: values, kernels: kernels, precision: precision,
      forTraining: false)
    weights.packAll()
    tapes = (0..<pool.count).map { worker in
      WorkerTape(
        kernels: kernels, precision: precision, weights: weights, meter: meters?[worker])
    }
    largestBatch = GradientEngine.microBatch(
      activations: network.activations(height: height, width: width) / 2,
      parameters: network.layout.parameterCount, largest: network.largestMicroBatch)
  }

  /// Values of one image.
  public var elements: Int { height * width * network.channels }

  /// Images of `count` that go through the network together: what the cache holds, or less where that gives every
  /// worker the same: 8 images of which 3 fit go to two workers two at a time.
  func batch(of count: Int) -> Int {
    func shares(_ whole: Int, _ parts: Int) -> Int { (whole + parts - 1) / parts }
    let rounds = max(1, shares(count, pool.count * largestBatch))
    return max(1, shares(count, pool.count * rounds))
  }

  /// Whether so few images leave workers idle unless all work on one.
  func sharesImages(of count: Int) -> Bool { (1..<pool.count).contains(count) }

  /// (N, H, W, channels) at N times → prediction, shaped alike. `condition` speaks of all N.
  /// - Parameter beside: (N, H, W, side channels), what the network sees beside x; nil: zeros.
  public func predict(
    _ x: [Float], times: [Float], condition: Condition, beside: [Float]? = nil
  ) -> [Float] {
    predict(x, times: times, condition: condition, beside: beside, variances: false)
  }

  /// The same, behind it what the network says of variances where it learns them.
  func predict(
    _ x: [Float], times: [Float], condition: Condition, beside: [Float]? = nil, variances: Bool
  ) -> [Float] {
    guard variances else {
      return predicted(x, times: times, condition: condition, beside: beside)
    }
    var both = [Float](repeating: 0, count: 2 * x.count)
    both.withUnsafeMutableBufferPointer { both in
      let output = OutputBuffer(both)
      let (count, batch) = (times.count, batch(of: times.count))
      pool.forEach((count + batch - 1) / batch) { [elements] chunk, worker in
        let range = (chunk * batch)..<min((chunk + 1) * batch, count)
        let values = range.lowerBound * elements..<range.upperBound * elements
        var part = [Float](repeating: 0, count: 2 * values.count)
        part.withUnsafeMutableBufferPointer { part in
          x.withUnsafeBufferPointer { x in
            self.predict(
              UnsafeBufferPointer(rebasing: x[values]), times: Array(times[range]),
              condition: condition.part(range), beside: self.part(beside, range),
              worker: worker, into: part)
          }
        }
        for (k, place) in values.enumerated() {
          output.buffer[place] = part[k]
          output.buffer[x.count + place] = part[values.count + k]
        }
      }
    }
    return both
  }

  /// What is beside some of the images.
  private func part(_ beside: [Float]?, _ images: Range<Int>) -> [Float]? {
    let elements = height * width * network.side.count
    return beside.map {
      Array($0[images.lowerBound * elements..<images.upperBound * elements])
    }
  }

  private func predicted(
    _ x: [Float], times: [Float], condition: Condition, beside: [Float]?
  ) -> [Float] {
    let count = times.count
    precondition(x.count == count * elements)
    return [Float](unsafeUninitializedCapacity: x.count) { buffer, initialized in
      initialized = x.count
      if sharesImages(of: count) {
        x.withUnsafeBufferPointer { x in
          predict(
            x, times: times, condition: condition, beside: beside, worker: nil, into: buffer)
        }
        return
      }
      let output = OutputBuffer(buffer)
      let batch = batch(of: count)
      pool.forEach((count + batch - 1) / batch) { [elements] chunk, worker in
        let range = (chunk * batch)..<min((chunk + 1) * batch, count)
        x.withUnsafeBufferPointer { x in
          self.predict(
            UnsafeBufferPointer(
              rebasing: x[(range.lowerBound * elements)..<(range.upperBound * elements)]),
            times: Array(times[range]), condition: condition.part(range),
            beside: self.part(beside, range), worker: worker,
            into: UnsafeMutableBufferPointer(
              rebasing:
                output
                .buffer[(range.lowerBound * elements)..<(range.upperBound * elements)]))
        }
      }
    }
  }

  /// Written in disjoint parts.
  private struct OutputBuffer: @unchecked Sendable {
    let buffer: UnsafeMutableBufferPointer<Float>
    init(_ buffer: UnsafeMutableBufferPointer<Float>) { self.buffer = buffer }
  }

  /// The same in one go, on one worker; on all together where none is named.
  /// - Parameter output: as many values as `x`; of a network that learns variances also twice as many: the second half
  ///   is what it says of them.
  func predict(
    _ x: UnsafeBufferPointer<Float>, times: [Float], condition: Condition,
    beside: [Float]? = nil, worker: Int?,
    into output: UnsafeMutableBufferPointer<Float>
  ) {
    let tape = tapes[worker ?? 0].tape
    tape.meter?.begin()
    defer { tape.meter?.end(.unmeasured) }
    tape.reset(crew: worker == nil ? pool : nil)
    let input = tape.input(
      Shape(count: times.count, height: height, width: width, channels: network.inputChannels))
    if network.side.count == 0 {
      _ = input.values.update(fromContentsOf: x)
    } else if let pointer = x.baseAddress {
      precondition(
        beside.map { $0.count == input.shape.elements - x.count } ?? true, "values beside x")
      if let beside {
        beside.withUnsafeBufferPointer {
          input.fill(pointer, channels: network.channels, beside: $0.baseAddress)
        }
      } else {
        input.fill(pointer, channels: network.channels, beside: nil)
      }
    }
    let prediction = network.predict(
      input, times: times, condition: condition, on: tape)
    // Which of several NaN outlives a sum depends on how work was shared: what comes out has one.
    func one(_ value: Float) -> Float { value.isNaN ? .nan : value }
    let (channels, outputs) = (network.channels, network.outputChannels)
    guard outputs > channels else {
      for (i, value) in prediction.values.enumerated() { output[i] = one(value) }
      return
    }
    for i in x.indices {
      let place = i / channels * outputs + i % channels
      output[i] = one(prediction.data[place])
      if output.count > x.count { output[x.count + i] = one(prediction.data[place + channels]) }
    }
  }
}

// Its mutable parts are one a worker, and `WorkerPool` runs each worker on one thread.
extension Predictor: @unchecked Sendable {}

extension Condition {
  /// What is said of the images in `range`.
  func part(_ range: Range<Int>) -> Condition {
    switch self {
    case .none: .none
    case .classes(let indices): .classes(Array(indices[range]))
    case .vectors(let values, let dimension):
      .vectors(
        Array(values[(range.lowerBound * dimension)..<(range.upperBound * dimension)]),
        dimension: dimension)
    }
  }
}
