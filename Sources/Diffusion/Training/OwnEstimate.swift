import Kernels

/// What self-conditioning feeds a network while it is trained: x̂_0 of a first pass that hears zeros, through which no
/// gradient goes (Chen, Zhang & Hinton 2022, section 3.2 and algorithm 1).
struct OwnEstimate: Sendable {
  let process: NoiseProcess
  /// x̂_0 is held within ±limit; nil: as it is.
  let limit: Double?

  /// Share of the examples that hear an estimate; the others hear zeros.
  static let share = 0.5

  /// How far x̂_0 goes that a network hears, in training and in sampling alike, whatever a sampler limits: 1 of images;
  /// of vectors nil.
  static func limit(height: Int, width: Int) -> Double? { height * width > 1 ? 1 : nil }

  /// Writes x̂_0 of the examples that are to hear it.
  /// - Parameters:
  ///   - seen: what the network is to see (N, H, W, C + side channels), zeros where estimates go.
  ///   - input: the noisy images in it (N, H, W, C).
  ///   - examples: of the N.
  func write(
    into seen: Tensor, input: Tensor, examples: [Example], network: any Network, on tape: Tape
  ) {
    let chosen = examples.indices.filter { examples[$0].hearsEstimate }
    guard !chosen.isEmpty else { return }
    tape.withoutGradient {
      var shape = seen.shape
      shape.count = chosen.count
      let part = tape.input(shape)
      for (row, i) in chosen.enumerated() {
        (part.data + row * shape.stride).update(
          from: seen.data + i * shape.stride, count: shape.stride)
      }
      let prediction = network.predict(
        part, times: chosen.map { Float(examples[$0].level.time) },
        condition: examples.condition(for: network, of: chosen),
        augmentation: examples.augmentation(for: network, of: chosen), on: tape)
      for (row, i) in chosen.enumerated() {
        write(
          prediction.data + row * prediction.shape.stride, outputs: prediction.shape.channels,
          of: input.image(i), channels: network.channels, at: examples[i].level,
          into: seen.data + i * shape.stride, inputs: shape.channels)
      }
    }
  }

  /// x̂_0 of one image, pixel by pixel.
  private func write(
    _ output: UnsafePointer<Float>, outputs: Int, of x: UnsafeMutableBufferPointer<Float>,
    channels: Int, at level: NoiseLevel, into seen: UnsafeMutablePointer<Float>, inputs: Int
  ) {
    let form = process.prediction.form(at: level, sigmaData: process.sigmaData)
    let scale = process.prediction.inputScale(at: level, sigmaData: process.sigmaData)
    let limit = limit ?? .infinity
    for pixel in 0..<x.count / channels {
      for c in 0..<channels {
        let xt = Double(x[pixel * channels + c]) / scale
        let said = Double(output[pixel * outputs + c])
        let x0 = (form.x * xt + form.output * said) / form.divisor
        seen[pixel * inputs + channels + c] = Float(x0 > limit ? limit : x0 < -limit ? -limit : x0)
      }
    }
  }
}

extension [Example] {
  /// What a network is told of some of them.
  func condition(for network: any Network, of places: some Collection<Int>) -> Condition {
    if network.conditionWidth > 0 {
      return .vectors(places.flatMap { self[$0].vector }, dimension: network.conditionWidth)
    }
    return network.classes > 0 ? .classes(places.map { self[$0].classIndex }) : .none
  }

  /// What was done to some of them; nil where the network is not told.
  func augmentation(for network: any Network, of places: some Collection<Int>) -> [Float]? {
    network.augmentationWidth > 0 ? places.flatMap { self[$0].augmentation } : nil
  }
}
