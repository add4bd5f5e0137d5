internal import Diffusion
import Text
import Values

/// Rules of what the network is told besides image and time.
extension CrossChecks {
  /// A network that hears its own last estimate is asked once at each level, from noise to data.
  mutating func checkSelfConditioning() {
    guard boolean("conditioning.self") == true else { return }
    if let sampler = word("sampling.sampler").flatMap(SamplingSettings.Sampler.init),
      !sampler.asksOnceALevel
    {
      error(
        "with conditioning.self the network hears its estimate of the level before, but sampler \(sampler.rawValue) asks it more than once at a level",
        at: "sampling.sampler", "conditioning.self",
        hint: "take \(alternatives(SamplingSettings.Sampler.onceALevel))")
    }
    guard case .list(let metrics)? = stack.value("evaluation.metrics") else { return }
    let asked = ["error-parts", "inversion-error", "bits-per-dim", "log-likelihood"]
    for metric in asked where metrics.contains(.string(metric)) {
      error(
        "\(metric) asks the network at levels of its own, where there is no estimate of the level before, but conditioning.self is true",
        at: "evaluation.metrics", "conditioning.self", hint: "leave one of them out")
    }
  }
}
