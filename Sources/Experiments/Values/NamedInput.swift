/// A kind of thing outside of a run's settings that they name, and whose content the run depends on. Every key whose value
/// names a file, a folder or a run belongs to one of these.
package struct NamedInput: Sendable {
  package enum Part: Sendable {
    /// What the weights follow from: part of `trainKey`, and so of the id.
    case training
    /// What samples and their measures follow from beside the weights: part of the id alone.
    case afterTraining
    /// What they are measured against: compared with what is written down of a run of that id.
    case measuring
  }

  package let name: String
  /// The keys that name it.
  package let keys: [String]
  package let part: Part

  /// The images that are trained on. What belongs to them by a source's own rules (the held-out part of one file) is
  /// named by the same keys.
  package static let data = NamedInput(
    name: "data", keys: ["data.images", "data.labels", "data.path"], part: .training)
  /// The images that the measures look at.
  package static let heldOut = NamedInput(
    name: "held_out", keys: ["data.test", "data.test_labels"], part: .measuring)
  /// The network that training begins with.
  package static let weights = NamedInput(
    name: "training.from", keys: ["training.from"], part: .training)

  /// The network that guides samples.
  package static let guide = NamedInput(
    name: "sampling.guide", keys: ["sampling.guide"], part: .afterTraining)

  /// Each β of a schedule of one's own.
  package static let schedule = NamedInput(
    name: "diffusion.schedule.betas", keys: ["diffusion.schedule.betas"], part: .training)

  /// The network that the Fréchet inception distance is by.
  package static let inception = NamedInput(
    name: "evaluation.inception", keys: ["evaluation.inception"], part: .afterTraining)

  package static let all = [data, heldOut, weights, guide, schedule, inception]

  package static func named(_ name: String) -> NamedInput? { all.first { $0.name == name } }
}
