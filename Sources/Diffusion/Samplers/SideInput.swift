import Kernels

/// What a network hears beside x while a batch is drawn: its own last estimate x̂_0, zeros before the first
/// (Chen, Zhang & Hinton 2022, section 3.2 and algorithm 2).
///
/// Of a walk that asks once at each level, the last estimate is that of the level before.
final class SideInput {
  /// (N, H, W, side channels)
  private(set) var values: [Float] = []
  private let side: SideChannels
  private let channels: Int
  private let elements: Int
  private let process: NoiseProcess
  private let limit: EstimateLimit
  /// (N, H, W, condition's channels); nil: the network is told nothing.
  private let conditions: [Float]?

  /// Nil where the network takes nothing beside the image.
  /// - Parameter conditions: (N, H, W, condition's channels), images that the network is told.
  init?(of predictor: Predictor, process: NoiseProcess, conditions: [Float]?) {
    self.conditions = conditions
    side = predictor.network.side
    guard side.count > 0 else { return nil }
    channels = predictor.network.channels
    elements = predictor.elements
    self.process = process
    limit =
      OwnEstimate.limit(height: predictor.height, width: predictor.width)
      .map { .clip(range: $0) } ?? .none
  }

  /// Room for a batch of so many values of x.
  func prepare(_ count: Int) {
    let needed = count / channels * side.count
    guard values.count != needed else { return }
    values = [Float](repeating: 0, count: needed)
    guard side.condition > 0, let conditions else { return }
    for pixel in 0..<count / channels {
      for c in 0..<side.condition {
        values[pixel * side.count + side.estimate + c] = conditions[pixel * side.condition + c]
      }
    }
  }

  /// The same where the network is told nothing: zeros for the image that it is conditioned on.
  var untold: [Float] {
    guard side.condition > 0 else { return values }
    var result = values
    for first in stride(from: side.estimate, to: result.count, by: side.count) {
      for c in 0..<side.condition { result[first + c] = 0 }
    }
    return result
  }

  /// A denoiser whose estimates are remembered, guided as they are.
  func remembering(_ denoise: @escaping Denoiser<Float>) -> Denoiser<Float> {
    guard side.estimate > 0 else { return denoise }
    return { [self] x, level, output in
      try denoise(x, level, &output)
      let x0 = Float.denoised(
        output, x: x, at: level, process: process, limit: limit, elements: elements)
      for pixel in 0..<x0.count / channels {
        for c in 0..<channels { values[pixel * side.count + c] = x0[pixel * channels + c] }
      }
    }
  }
}

extension Generator {
  /// - Throws: `DiffusionError(.badInput)` where the network hears its own last estimate and the sampler asks more than
  ///   once at a level, so that the last estimate is of another level than in training.
  /// Also where it is told an image and there is none.
  /// - Parameter conditions: images that it is told.
  func check(_ settings: SamplingSettings, conditions: [Float]? = nil) throws {
    if predictor.network.side.condition > 0, conditions == nil {
      throw DiffusionError(
        .badInput,
        "the network restores images that it is told (conditioning.kind image), and there is none here: sample its "
          + "run, which tells it the held-out images")
    }
    let isGuided = settings.guidanceRule.guide == .network && settings.guidance != 1
    let guideHears = isGuided ? guide?.predictor.network.side.estimate ?? 0 : 0
    guard max(predictor.network.side.estimate, guideHears) > 0, !settings.sampler.asksOnceALevel
    else { return }
    throw DiffusionError(
      .badInput,
      "\(predictor.network.side.estimate > 0 ? "the network" : "the guide") is told its own last estimate "
        + "(conditioning.self), and sampling.sampler \(settings.sampler.rawValue) asks it more than once at a "
        + "level: take " + SamplingSettings.Sampler.onceALevel.alternatives)
  }
}

extension Generator {
  /// - Throws: `DiffusionError(.badInput)` where what N images are told has another number of values than the network
  ///   takes.
  func checkTold(_ count: Int, vectors: [Float]?, conditions: [Float]?) throws {
    let pixels = predictor.height * predictor.width
    let wanted = [
      (vectors, predictor.network.conditionWidth, "a vector"),
      (conditions, pixels * predictor.network.side.condition, "an image"),
    ]
    for (values, width, name) in wanted {
      guard let values, width > 0, values.count != count * width else { continue }
      throw DiffusionError(
        .badInput,
        "\(count) images are told \(values.count) values: the network takes \(name) of \(width) values for each, "
          + "for images of \(predictor.height)×\(predictor.width)")
    }
  }
}

extension SamplingSettings.Sampler {
  /// Names of the samplers that self-conditioning goes with.
  package static var onceALevel: [String] { allCases.filter(\.asksOnceALevel).map(\.rawValue) }

  /// Whether it walks down the levels and asks the denoiser once at each.
  package var asksOnceALevel: Bool {
    switch self {
    case .ddpm, .ddim, .naiveStrided, .euler, .eulerAncestral, .lms, .deis, .dpmpp2M, .dpmpp3M,
      .dpmpp2MSDE, .unipc, .eulerMaruyama:
      true
    case .heun, .dpm2, .dpm2Ancestral, .pndm, .dpmpp2S, .dpmppSDE, .edm, .predictorCorrector,
      .probabilityFlow:
      false
    }
  }
}
