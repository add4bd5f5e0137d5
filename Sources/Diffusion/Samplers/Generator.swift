import Kernels
import Synchronization

/// Draws images from a trained network: sampler, classifier-free guidance, all workers.
///
/// Image i is the same whatever the number of images, the batches or the workers.
public struct Generator: Sendable {
  let predictor: Predictor
  let schedule: NoiseSchedule

  /// - Parameter schedule: what the network was trained on.
  public init(predictor: Predictor, schedule: NoiseSchedule) {
    self.predictor = predictor
    self.schedule = schedule
  }

  /// - Parameters:
  ///   - settings: sampler, steps, guidance, seed.
  ///   - indices: which images; image i starts from noise i of the seed.
  ///   - classes: the class of each; nil: i modulo the network's classes.
  ///   - nullClass: the class that stands for none; nil: the network's last.
  ///   - clip: hold x̂0 within [−1, 1] where the settings leave it open.
  ///   - start: (N, H, W, C), the starting noise; nil: drawn from the seed.
  ///   - progress: called now and then with the network evaluations done so far of all, by any thread.
  /// - Returns: (N, H, W, C), around [−1, 1], not clamped.
  /// - Throws: `DiffusionError` where the settings do not fit the process, and what `progress` throws.
  public func images(
    _ settings: SamplingSettings, indices: Range<Int>, classes: [Int]? = nil,
    nullClass: Int? = nil, clip: Bool, start: [Float]? = nil,
    progress: (@Sendable (_ done: Int, _ of: Int) throws -> Void)? = nil
  ) throws -> [Float] {
    let elements = predictor.elements
    let labels = classes ?? indices.map { $0 % max(predictor.network.classes, 1) }
    let batch = min(predictor.batch(of: indices.count), 8)
    let chunks = (indices.count + batch - 1) / batch
    let results = Mutex<[Int: Result<[Float], any Error>]>([:])
    let done = Atomic<Int>(0)
    let draw: @Sendable (_ chunk: Int, _ worker: Int?) -> Void = { chunk, worker in
      let places = (chunk * batch)..<min((chunk + 1) * batch, indices.count)
      let outcome = Result {
        try sample(
          settings, schedule: schedule,
          indices: Range(
            uncheckedBounds: (
              indices.lowerBound + places.lowerBound, indices.lowerBound + places.upperBound
            )),
          elements: elements, clip: clip,
          start: start.map {
            Array($0[(places.lowerBound * elements)..<(places.upperBound * elements)])
          },
          denoise: denoiser(
            guidance: settings.guidance, classes: Array(labels[places]), nullClass: nullClass,
            worker: worker)
        ) { step in
          let evaluations = done.wrappingAdd(places.count, ordering: .relaxed).newValue
          try progress?(evaluations, step.count * indices.count)
        }
      }
      results.withLock { $0[chunk] = outcome }
    }
    if predictor.sharesImages(of: indices.count) {
      for chunk in 0..<chunks { draw(chunk, nil) }
    } else {
      predictor.pool.forEach(chunks) { draw($0, $1) }
    }
    return try results.withLock { results in
      try (0..<chunks).flatMap { try results[$0]?.get() ?? [] }
    }
  }

  /// ε̂ = ε_u + s·(ε_c − ε_u) (Ho & Salimans 2022, eq. 6, with s = 1 + w), and alike of any other target. One
  /// evaluation where s is 0 or 1, or where there is nothing to be guided to.
  func denoiser(
    guidance: Double, classes: [Int], nullClass: Int? = nil, worker: Int?
  ) -> Denoiser {
    let knowsClasses = predictor.network.classes > 0
    let null = nullClass ?? predictor.network.classes
    let nullClasses = [Int](repeating: null, count: classes.count)
    func evaluate(_ x: [Float], _ timestep: Int, _ classes: [Int], _ output: inout [Float]) {
      x.withUnsafeBufferPointer { x in
        output.withUnsafeMutableBufferPointer { output in
          predictor.predict(
            x, timesteps: [Int](repeating: timestep, count: classes.count),
            condition: knowsClasses ? .classes(classes) : .none, worker: worker, into: output)
        }
      }
    }
    if !knowsClasses || guidance == 1 {
      return { x, timestep, output in evaluate(x, timestep, classes, &output) }
    }
    if guidance == 0 {
      return { x, timestep, output in evaluate(x, timestep, nullClasses, &output) }
    }
    let scale = Float(guidance)
    var unconditional: [Float] = []
    return { x, timestep, output in
      if unconditional.count != output.count { unconditional = output }
      evaluate(x, timestep, classes, &output)
      evaluate(x, timestep, nullClasses, &unconditional)
      for i in output.indices {
        output[i] = unconditional[i] + scale * (output[i] - unconditional[i])
      }
    }
  }
}
