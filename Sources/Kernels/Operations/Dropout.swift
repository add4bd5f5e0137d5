/// Where dropout's random numbers come from: each image of a micro-batch has a stream of its own, each layer a part
/// of it, so that what is dropped follows from (seed, step, position in the batch, layer) alone.
public struct DropoutSource: Sendable {
  let random: CounterRandom
  let step: Int
  /// Position of the tape's first image in the batch.
  let firstImage: Int

  /// - Parameter firstImage: index in the batch of the first image on the tape.
  public init(seed: UInt64, step: Int, firstImage: Int) {
    random = CounterRandom(seed: seed)
    self.step = step
    self.firstImage = firstImage
  }
}

extension Tape {
  /// Zeroes each value with a probability and divides the others by 1 − probability (Srivastava 2014); leaves x as it
  /// is where the tape has no `dropout`, which is when it samples.
  /// - Parameter layer: tells layers apart that draw for the same image.
  public func dropout(_ x: Tensor, probability: Double, layer: Int) -> Tensor {
    guard probability > 0, let dropout else { return x }
    let y = output(x.shape)
    let keep = workspace.arena.take(x.shape.elements)
    let scale = Float(1 / (1 - probability))
    meter?.begin()
    for image in 0..<x.shape.count {
      let mask = UnsafeMutableBufferPointer(
        start: keep + image * x.shape.stride, count: x.shape.stride)
      dropout.random.fillUniforms(
        mask, image: dropout.firstImage + image, step: dropout.step, purpose: .dropout,
        part: layer)
      for i in mask.indices { mask[i] = mask[i] < Float(probability) ? 0 : scale }
    }
    for i in 0..<x.shape.elements { y.data[i] = x.data[i] * keep[i] }
    meter?.end(Work("dropout", .forward, x.shape, touching: 3 * x.shape.elements))
    record(Work("dropout", .backward, x.shape, touching: 3 * x.shape.elements)) { [unowned self] in
      guard let dy = gradient(of: y), let (dx, adds) = accumulator(for: x) else { return }
      for i in 0..<x.shape.elements { dx[i] = (adds ? dx[i] : 0) + dy[i] * keep[i] }
    }
    return y
  }

  /// x·factor
  public func scale(_ x: Tensor, by factor: Float) -> Tensor {
    guard factor != 1 else { return x }
    let y = output(x.shape)
    measured(Work("scale", .forward, x.shape, touching: 2 * x.shape.elements)) {
      for i in 0..<x.shape.elements { y.data[i] = x.data[i] * factor }
    }
    record(Work("scale", .backward, x.shape, touching: 2 * x.shape.elements)) { [unowned self] in
      guard let dy = gradient(of: y), let (dx, adds) = accumulator(for: x) else { return }
      for i in 0..<x.shape.elements { dx[i] = (adds ? dx[i] : 0) + dy[i] * factor }
    }
    return y
  }
}
