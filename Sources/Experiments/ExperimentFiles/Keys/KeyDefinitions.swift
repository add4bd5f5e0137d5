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

  private typealias Condition = KeyDefinition.KindCondition

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
  ]

  // MARK: Data

  private static let imageSources = [
    "fashion-mnist", "idx", "cifar10", "cifar100", "images", "npy", "npz", "csv", "shapes",
  ]
  /// Numbers in files, whose meaning the file does not say.
  private static let arraySources = ["idx", "npy", "npz", "csv"]

  private static func source(_ values: [String]) -> [Condition] {
    [Condition(path: "data.source", values: values)]
  }

  private static let data: [KeyDefinition] = [
    .init(
      "data.source", .word(imageSources + ["gaussian", "mixture"]),
      .value(.string("fashion-mnist")), .train,
      "Where the images come from; `shapes`, `gaussian` and `mixture` need no files.",
      isKind: true),
    .init(
      "data.images", .text(.any), .required, .train,
      "IDX file of images, plain or gzip; relative to the folder the program is run in.",
      onlyFor: source(["idx"])),
    .init(
      "data.labels", .text(.any), .unset("none", "no classes"), .train,
      "File of class labels, of the same format as the images.", onlyFor: source(["idx", "npy"])),
    .init(
      "data.path", .text(.any), .required, .train,
      "Folder (`cifar10`, `cifar100`, `images`) or file (`npy`, `npz`, `csv`); relative to the folder the program is run in.",
      onlyFor: source(["cifar10", "cifar100", "images", "npy", "npz", "csv"])),
    .init(
      "data.classes", .words(of: DataSettings.CIFAR100Classes.self), .value(.string("fine")),
      .train,
      "Which of CIFAR-100's labels is the class: one of 100, or of 20.",
      onlyFor: source(["cifar100"])),
    .init(
      "data.image_array", .text(.any), .unset("auto", "found by common names"), .train,
      "Name of the array of images in the archive.", onlyFor: source(["npz"])),
    .init(
      "data.label_array", .text(.any), .unset("auto", "found by common names"), .train,
      "Name of the archive's array, or of the CSV's column, that holds the classes; for a column also `first` or `last`. `none`: no classes.",
      onlyFor: source(["npz", "csv"])),
    .init(
      "data.layout", .words(of: DataSettings.Layout.self), .value(.string("auto")), .train,
      "Order of an array's axes; `auto`: inferred from its shape.",
      onlyFor: source(["npy", "npz", "csv"])),
    .init(
      "data.range", .numbers(count: 2, .finite), .unset("auto", "bytes, or floats in [−1, 1]"),
      .train, "The stored values that become −1 and 1, for instance `[0, 1]`.",
      onlyFor: source(arraySources + ["images"])),
    .init(
      "data.transpose", .boolean, .value(.boolean(false)), .train,
      "Exchange rows and columns, as EMNIST needs it.", onlyFor: source(arraySources)),
    .init(
      "data.background", .text(.any), .value(.string("black")), .train,
      "Behind transparent parts and around padded images: `black`, `white`, `'#rrggbb'`, or `ignored`, which takes the colours below as PyTorch's loaders do.",
      onlyFor: source(["images"])),
    .init(
      "data.variance", .number(.above(0)), .value(.number(1)), .train,
      "Variance of each component.", onlyFor: source(["gaussian"])),
    .init(
      "data.mean", .number(.finite), .value(.number(0)), .train,
      "Mean of each component.", onlyFor: source(["gaussian"])),
    .init(
      "data.size", .integer(1...4096), .unset("native", "the source's own"), .train,
      "Side of the square images in pixels; for `gaussian` the number of dimensions.",
      onlyFor: source(imageSources + ["gaussian"])),
    .init(
      "data.fit", .words(of: DataSettings.Fit.self), .value(.string("pad")), .train,
      "How images of other sizes are fitted to `size`.", onlyFor: source(imageSources)),
    .init(
      "data.filter", .words(of: DataSettings.Filter.self), .value(.string("area")), .train,
      "How `resize` and `crop` resample: `area` averages when shrinking and is bilinear when enlarging; the others are Pillow's, antialiased.",
      onlyFor: source(imageSources.filter { $0 != "shapes" })),
    .init(
      "data.split", .words(of: DataSettings.Split.self), .value(.string("train")), .train,
      "Which part of the data to train on."),
    .init(
      "data.limit", .integer(1...Int.max), .unset("all", ""), .train,
      "Use only the first N images, in file order."),
    .init(
      "data.flip", .boolean, .value(.boolean(false)), .train,
      "Mirror an image left to right with probability ½ each time it is used.",
      onlyFor: source(imageSources)),
    .init(
      "data.test", .text(.any), .unset("none", "what the source has for testing, or a tenth"),
      .train,
      "Images for testing, a file or folder of the same kind; see [above](#what-is-held-out).",
      onlyFor: source(["idx", "images", "npy", "npz", "csv"])),
    .init(
      "data.test_labels", .text(.any), .unset("none", ""), .train,
      "File of their class labels.", onlyFor: source(["idx", "npy"])),
    .init(
      "data.channels", .integer(1...3), .unset("auto", "3 if any image is coloured, else 1"),
      .train,
      "1 converts coloured images to grey, 3 repeats grey ones in three channels.",
      onlyFor: source(imageSources.filter { $0 != "shapes" })),
    .init(
      "data.ignore", .texts, .unset("none", ""), .train,
      "Files and folders to leave out, as shell patterns: `['*.gif', more]`.",
      onlyFor: source(["images"])),
    .init(
      "data.recursive", .boolean, .value(.boolean(false)), .train,
      "Assign images in nested folders to the class whose folder they are in.",
      onlyFor: source(["images"])),
    .init(
      "data.relabel", .boolean, .value(.boolean(false)), .train,
      "Renumber the labels that occur from 0, where they have gaps.", onlyFor: source(arraySources)),
    .init(
      "data.class_names", .texts, .unset("none", "the source's own"), .report,
      "Names of the classes, in order.", onlyFor: source(arraySources + ["images"])),
  ]

  // MARK: Model

  private static let smallUNet = [Condition(path: "model.architecture", values: ["small-unet"])]

  private static let model: [KeyDefinition] = [
    .init(
      "model.architecture", .words(of: ModelSettings.Architecture.self),
      .value(.string("small-unet")), .train,
      "The network; `unet` is diffusers' `UNet2DModel`, `exact-gaussian` the best predictor for Gaussian data in closed form.",
      isKind: true),
    .init(
      "model.levels", .integer(2...8), .value(.integer(2)), .train,
      "Resolutions of the U-Net; each halves the one before.", onlyFor: smallUNet),
    .init(
      "model.base_channels", .integer(8...4096, multipleOf: 8), .value(.integer(64)), .train,
      "Channels of the first level; level i has min(2^i, 4) times as many.", onlyFor: smallUNet),
    .init(
      "model.time_embedding.kind", .words(of: ModelSettings.TimeEmbedding.self),
      .value(.string("linear")), .train,
      "How the timestep is encoded: t/T as one number, or sinusoids of t.",
      onlyFor: smallUNet, isKind: true),
    .init(
      "model.time_embedding.dim", .integer(2...8192, multipleOf: 2), .value(.integer(128)), .train,
      "Width of the time embedding.", onlyFor: smallUNet),
  ]

  private static let classes = [Condition(path: "conditioning.kind", values: ["class"])]

  private static let conditioning: [KeyDefinition] = [
    .init(
      "conditioning.kind", .words(of: ConditioningSettings.Kind.self), .value(.string("none")),
      .train, "What the network is conditioned on besides image and timestep.", isKind: true),
    .init(
      "conditioning.inject", .words(of: ConditioningSettings.Injection.self),
      .valueFor(
        Condition(path: "model.architecture", values: ["unet"]), .string("time"),
        otherwise: .string("concat")), .train,
      "`concat`: constant channels beside the image; `time`: added to the time embedding.",
      onlyFor: classes),
    .init(
      "conditioning.dropout", .number(.closed(0, 1)), .value(.number(0.1)), .train,
      "Probability with which training drops the condition, for classifier-free guidance.",
      onlyFor: classes),
  ]

  // MARK: Diffusion

  private static func schedule(_ kind: String) -> [Condition] {
    [Condition(path: "diffusion.schedule.kind", values: [kind])]
  }

  private static let diffusion: [KeyDefinition] = [
    .init(
      "diffusion.steps", .integer(1...100_000), .value(.integer(1000)), .train,
      "T, the number of noise levels."),
    .init(
      "diffusion.schedule.kind", .word(["linear", "cosine"]), .value(.string("linear")), .train,
      "The noise schedule (Ho 2020; Nichol & Dhariwal 2021).", isKind: true),
    .init(
      "diffusion.schedule.beta_start", .number(.open(0, 1)), .unset("auto", "1e-4 · 1000/T"),
      .train, "First β.", onlyFor: schedule("linear")),
    .init(
      "diffusion.schedule.beta_end", .number(.open(0, 1)), .unset("auto", "0.02 · 1000/T"),
      .train, "Last β.", onlyFor: schedule("linear")),
    .init(
      "diffusion.schedule.offset", .number(.closed(0, 1)), .value(.number(0.008)), .train,
      "s of the squared cosine.", onlyFor: schedule("cosine")),
    .init(
      "diffusion.prediction", .words(of: PredictionTarget.self),
      .value(.string("epsilon")), .train, "What the network predicts."),
    .init(
      "diffusion.variance", .words(of: DiffusionSettings.Variance.self),
      .value(.string("fixed-small")), .train, "Variance of an ancestral step: β̃ or β."),
  ]

  // MARK: Training

  private static let training: [KeyDefinition] = [
    .init(
      "training.steps", .integer(0...1_000_000_000),
      .requiredUnless(
        Condition(path: "model.architecture", values: ["exact-gaussian"]), .integer(0)),
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
      .unset("auto", "batch/4, at least 8, at most 32 and the batch"), .train,
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
      "training.optimizer.betas", .numbers(count: 2, .halfOpen(0, 1)),
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

  // MARK: Sampling and evaluation

  private static let sampling: [KeyDefinition] = [
    .init(
      "sampling.sampler", .words(of: SamplingSettings.Sampler.self), .value(.string("ddpm")),
      .sample, "`naive-strided` is wrong on purpose: dense coefficients on a strided grid."),
    .init(
      "sampling.steps", .integer(1...100_000), .value(.integer(50)), .sample,
      "Network evaluations per image; at most `diffusion.steps`."),
    .init(
      "sampling.spacing", .words(of: SamplingSettings.Spacing.self), .value(.string("linspace")),
      .sample, "Which of the T timesteps are visited."),
    .init(
      "sampling.eta", .number(.closed(SamplingSettings.etaRange)), .value(.number(0)), .sample,
      "Noise of `ddim`: 0 deterministic, 1 ancestral."),
    .init(
      "sampling.clip", .boolean, .unset("auto", "true for images"), .sample,
      "Clip the predicted image to [−1, 1] at each step."),
    .init(
      "sampling.guidance", .number(.closed(SamplingSettings.guidanceRange)), .value(.number(1)),
      .sample,
      "Classifier-free guidance: 0 unconditional, 1 plain conditional."),
    .init(
      "sampling.count", .integer(1...1_000_000), .value(.integer(64)), .sample,
      "Images of a sample grid; the class of image i is i mod classes."),
    .init(
      "sampling.seed", .integer(0...Int.max), .value(.integer(0)), .sample, "Seed of the noise."),
    .init(
      "sampling.every", .integer(1...1_000_000_000), .unset("end", "at the end only"), .sample,
      "Also sample during training, every N steps."),
  ]

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
      "objective.metric", .text(.metric), .value(.string(Objective.standardMetric)), .report,
      "The metric that decides which setting is best."),
    .init(
      "objective.goal", .words(of: Objective.Goal.self),
      .unset("auto", "maximize `eval/class_agreement`, minimize everything else"), .report,
      "Whether lower or higher is better."),
  ]
}
