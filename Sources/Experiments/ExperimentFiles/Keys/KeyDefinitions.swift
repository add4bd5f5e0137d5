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

  // MARK: Training

  private static let training: [KeyDefinition] = [
    .init(
      "training.steps", .integer(0...1_000_000_000),
      .requiredUnless(
        Condition(path: "model.architecture", values: ["exact", "exact-gaussian"]), .integer(0)),
      .train, "Optimizer steps."),
    .init(
      "training.batch", .integer(1...65536), .value(.integer(64)), .train, "Images per step."),
    .init(
      "training.seed", .integer(0...Int.max), .value(.integer(0)), .train,
      "Seed of the weights, the order of the images, timesteps, noise and dropout."),
    .init(
      "training.precision", .words(of: TrainingSettings.Precision.self), .value(.string("fp32")),
      .train, "Operands of convolutions and linear layers; the rest stays fp32."),
    .init(
      "training.lanes", .integer(1...65536),
      .unset("auto", "batch/4, at least 8, at most 32 and the batch; of `mlp` batch/64 at most"),
      .train,
      "Number of parts that a batch is divided into, each summed separately: changes the order of summation."
    ),
    .init(
      "training.ema", .number(.halfOpen(0, 1)), .unset("none", ""), .train,
      "Decay of an exponential moving average of the weights, which then draws the samples."),
    .init(
      "training.clip", .number(.above(0)), .unset("none", ""), .train,
      "Largest global L2 norm of the gradient."),
    .init(
      "training.optimizer.kind", .word(["adam"]), .value(.string("adam")), .train,
      "Adam (Kingma & Ba 2015).", isKind: true),
    .init(
      "training.optimizer.lr", .number(.above(0)), .value(.number(1e-4)), .train,
      "Learning rate."),
    .init(
      "training.optimizer.betas", .numbers(count: 2...2, .halfOpen(0, 1)),
      .value(.list([.number(0.9), .number(0.999)])), .train, "Decays of the two moments."),
    .init(
      "training.optimizer.eps", .number(.above(0)), .value(.number(1e-8)), .train,
      "Added to the root of the second moment."),
    .init(
      "training.lr_schedule.kind", .words(of: TrainingSettings.LearningRateSchedule.self),
      .value(.string("constant")), .train,
      "How the learning rate falls over `training.steps`; `cosine` and `linear` end at 0.",
      isKind: true),
    .init(
      "training.lr_schedule.warmup", .integer(0...1_000_000_000), .value(.integer(0)), .train,
      "Steps over which the learning rate rises from 0."),
    .init(
      "training.from", .text(.any), .unset("none", ""), .train,
      "A run or checkpoint whose weights training starts from."),
    .init(
      "training.log_every", .integer(1...1_000_000_000), .value(.integer(10)), .report,
      "Steps between two points of the training metrics."),
    .init(
      "training.checkpoint_every", .integer(1...1_000_000_000), .value(.integer(500)), .report,
      "Steps between two checkpoints."),
    .init(
      "training.keep_state", .boolean, .value(.boolean(false)), .report,
      "Keep the training state of a finished run, so that raising `steps` continues it."),
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
      .words(EvaluationSettings.Metric.allCases.map(\.rawValue), later: ["bits-per-dim"]),
      .value(.list([.string("loss")])), .evaluate,
      "What to measure; `frechet-pca64` is logged as `eval/frechet_pca64`, and so on."),
  ]

  // MARK: Objective

  private static let objective: [KeyDefinition] = [
    .init(
      "objective.metric", .text(.metric),
      .unset(
        "auto",
        "the first that is measured of `eval/frechet_pca64`, `eval/classifier_frechet`, a Wasserstein distance, the energy distance, `eval/loss`, others"
      ), .report,
      "The metric that decides which setting is best."),
    .init(
      "objective.goal", .words(of: Objective.Goal.self),
      .unset(
        "auto",
        "maximize `eval/class_agreement`, `eval/recall` and other shares of what is right, minimize everything else"
      ), .report,
      "Whether lower or higher is better."),
  ]
}
