internal import Diffusion
import Statistics
import Values

/// Every key of the experiment file, in the order of the documentation.
package enum KeyDefinitions {
  package static let all: [KeyDefinition] =
    file + data + model + residualUNet + conditioning + diffusion + training + sampling + evaluation
    + sweep
    + objective

  /// The keys of a run's settings.
  package static let settings: [KeyDefinition] = all.filter(\.isSetting)

  package static let byPath: [String: KeyDefinition] =
    Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

  /// Every mapping that holds keys: `training`, `training.optimizer`, and so on.
  package static let sections: Set<String> = {
    var sections: Set<String> = []
    for definition in all {
      var section = definition.section
      while !section.isEmpty, sections.insert(section).inserted {
        section = section.split(separator: ".").dropLast().joined(separator: ".")
      }
    }
    return sections
  }()

  /// The names of a section's own keys and sub-sections, in order; of the top for "".
  package static func children(of section: String) -> [String] {
    let prefix = section.isEmpty ? "" : section + "."
    var names: [String] = []
    for definition in all where definition.path.hasPrefix(prefix) {
      let name = String(definition.path.dropFirst(prefix.count).prefix { $0 != "." })
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  typealias Condition = KeyDefinition.KindCondition

  private static let file: [KeyDefinition] = [
    .init(
      "workbench", .integer(1...1), .value(.integer(1)), .plan, "Version of this format."),
    .init(
      "name", .text(.name), .absent, .report,
      "Name of the experiment in the store; the file's name by default. Not inherited."),
    .init(
      "question", .text(.any), .absent, .report,
      "What the experiment asks, in prose; opens the report."),
    .init(
      "extends", .structure("a file or a list of files"), .absent, .plan,
      "Files merged under this one in order, relative to this file."),
    .init(
      "report", .structure("a list of cells"), .absent, .report,
      "Cells of the report, in order; see [notebooks](notebooks.md). Without any the report is the automatic one."
    ),
    .init(
      "imported.settings", .texts, .absent, .report,
      "Settings of [imported runs](exchange.md#in-from-others) that cells may name beside those of this table."
    ),
    .init(
      "imported.metrics", .texts, .absent, .report,
      "Metrics of imported runs that cells may name and that have no slash in their name."),
  ]

  // MARK: Evaluation

  private static let evaluation: [KeyDefinition] = [
    .init(
      "evaluation.every", .integer(1...1_000_000_000), .unset("end", "at the end only"), .evaluate,
      "Also evaluate during training, every N steps."),
    .init(
      "evaluation.images", .integer(1...1_000_000), .value(.integer(1000)), .evaluate,
      "Held-out images for the loss, and samples for the measures on samples."),
    .init(
      "evaluation.metrics",
      .words(EvaluationSettings.Metric.allCases.map(\.rawValue)),
      .value(.list([.string("loss")])), .evaluate,
      "What to measure; `frechet-pca64` is logged as `eval/frechet_pca64`, and so on."),
    .init(
      "evaluation.likelihood.images", .integer(1...1_000_000), .value(.integer(256)), .evaluate,
      "Held-out images whose likelihood `bits-per-dim` and `log-likelihood` measure; all where there are no more."
    ),
    .init(
      "evaluation.likelihood.timesteps", .integer(1...100_000), .value(.integer(50)), .evaluate,
      "Of `bits-per-dim`: the timesteps that an image visits, one in each stretch of them; all where there are no more."
    ),
    .init(
      "evaluation.likelihood.steps", .integer(1...10_000), .value(.integer(50)), .evaluate,
      "Of `log-likelihood`: Runge–Kutta steps of the probability-flow ODE from data to noise, four evaluations each."
    ),
    .init(
      "evaluation.likelihood.probes", .integer(1...10_000), .value(.integer(2)), .evaluate,
      "Of `log-likelihood` in more than 16 dimensions: random directions an image that the divergence is estimated by."
    ),
    .init(
      "evaluation.inception", .text(.any), .unset("none", ""), .evaluate,
      "Of `fid`: the safetensors file of the Inception network's weights, which you have; see [FID](fid.md). Relative to the folder the program is run in."
    ),
    .init(
      "evaluation.inception_input", .words(of: InceptionInput.self),
      .value(.string("pytorch-fid")), .evaluate,
      "Of `fid`: the program whose way it is that pictures come to the 299 pixels that the network takes; see [FID](fid.md#two-ways-to-299-pixels)."
    ),
    .init(
      "evaluation.rounding.every", .integer(1...1_000_000_000),
      // What it sees comes with the training: weights of a run without it have none.
      .unset("never", ""), .train,
      "Also see, at the first training step and at every N-th, what fp16, bf16 and fp8 would lose of each layer's operands; see [precision](precision.md#the-microscope)."
    ),
  ]

  // MARK: Objective

  private static let objective: [KeyDefinition] = [
    .init(
      "objective.metric", .text(.metric),
      .unset(
        "auto",
        "the first that is measured of `eval/fid`, `eval/frechet_pca64`, `eval/classifier_frechet`, a Wasserstein distance, the energy distance, `eval/loss`, others"
      ), .report,
      "The metric that decides which setting is best."),
    .init(
      "objective.goal", .words(of: Objective.Goal.self),
      .unset(
        "auto",
        "maximize `eval/class_agreement`, `eval/log_likelihood`, `eval/recall` and other shares of what is right, minimize everything else"
      ), .report,
      "Whether lower or higher is better."),
  ]
}
