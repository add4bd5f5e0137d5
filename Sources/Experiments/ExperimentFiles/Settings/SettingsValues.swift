package import Diffusion
private import Images
package import Values

extension SettingsCoding {
  /// Every key of a run and its value: what `settings(from:)` reads.
  package static func values(of settings: RunSettings) -> [String: ParameterValue] {
    var values: [String: ParameterValue] = [:]
    let parts: [[String: ParameterValue]] = [
      section(settings.data), section(settings.model), section(settings.conditioning),
      section(settings.diffusion), section(settings.training), section(settings.sampling),
      section(settings.evaluation),
    ]
    for part in parts {
      values.merge(part) { $1 }
    }
    // What the kinds chosen do not have is no part of a run.
    let kind = { (path: String) -> String? in
      if case .string(let word)? = values[path] { word } else { nil }
    }
    let own = KeyDefinitions.settings.filter { $0.belongs(kind) }.map(\.path)
    return values.filter { own.contains($0.key) }
  }

  private static func section(_ data: DataSettings) -> [String: ParameterValue] {
    var values: [String: ParameterValue] = [
      "data.split": .string(data.split.rawValue), "data.limit": .optional(data.limit),
      "data.size": .optional(data.size), "data.fit": .string(data.fit.rawValue),
      "data.flip": .boolean(data.flip), "data.layout": .string(data.layout.rawValue),
      "data.range": data.range.map { .list([.number($0.lower), .number($0.upper)]) } ?? .null,
      "data.transpose": .boolean(data.transpose), "data.background": .string(data.background.text),
      "data.filter": .string(data.filter.rawValue),
      "data.test": .optional(data.test),
      "data.test_labels": .optional(data.testLabels), "data.channels": .optional(data.channels),
      "data.ignore": .optional(data.ignore), "data.recursive": .boolean(data.recursive),
      "data.relabel": .boolean(data.relabel), "data.class_names": .optional(data.classNames),
    ]
    switch data.source {
    case .fashionMNIST: values["data.source"] = .string("fashion-mnist")
    case .idx(let images, let labels):
      values["data.source"] = .string("idx")
      values["data.images"] = .string(images)
      values["data.labels"] = .optional(labels)
    case .cifar10(let path):
      values["data.source"] = .string("cifar10")
      values["data.path"] = .string(path)
    case .cifar100(let path, let classes):
      values["data.source"] = .string("cifar100")
      values["data.path"] = .string(path)
      values["data.classes"] = .string(classes.rawValue)
    case .images(let path):
      values["data.source"] = .string("images")
      values["data.path"] = .string(path)
    case .npy(let path, let labels):
      values["data.source"] = .string("npy")
      values["data.path"] = .string(path)
      values["data.labels"] = .optional(labels)
    case .npz(let path, let images, let labels):
      values["data.source"] = .string("npz")
      values["data.path"] = .string(path)
      values["data.image_array"] = .optional(images)
      values["data.label_array"] = .optional(labels)
    case .csv(let path, let label):
      values["data.source"] = .string("csv")
      values["data.path"] = .string(path)
      values["data.label_array"] = .optional(label)
    case .shapes: values["data.source"] = .string("shapes")
    case .gaussian(let variance, let mean):
      values["data.source"] = .string("gaussian")
      values["data.variance"] = .number(variance)
      values["data.mean"] = .number(mean)
    case .mixture: values["data.source"] = .string("mixture")
    }
    return values
  }

  private static func section(_ model: ModelSettings) -> [String: ParameterValue] {
    let residual = model.residual.map(section) ?? [:]
    return residual.merging([
      "model.architecture": .string(model.architecture.rawValue),
      "model.levels": .integer(model.levels),
      "model.base_channels": .integer(model.baseChannels),
      "model.time_embedding.kind": .string(model.timeEmbedding.rawValue),
      "model.time_embedding.dim": .integer(model.timeEmbeddingDim),
    ]) { $1 }
  }

  private static func section(_ conditioning: ConditioningSettings) -> [String: ParameterValue] {
    [
      "conditioning.kind": .string(conditioning.kind.rawValue),
      "conditioning.inject": .string(conditioning.inject.rawValue),
      "conditioning.dropout": .number(conditioning.dropout),
    ]
  }

  private static func section(_ diffusion: DiffusionSettings) -> [String: ParameterValue] {
    var values: [String: ParameterValue] = [
      "diffusion.steps": .integer(diffusion.steps),
      "diffusion.schedule.kind": .string(diffusion.schedule.kind),
      "diffusion.prediction": .string(diffusion.prediction.rawValue),
      "diffusion.variance": .string(diffusion.variance.rawValue),
    ]
    switch diffusion.schedule {
    case .linear(let start, let end):
      values["diffusion.schedule.beta_start"] = .optional(start)
      values["diffusion.schedule.beta_end"] = .optional(end)
    case .cosine(let offset):
      values["diffusion.schedule.offset"] = .number(offset)
    // Of networks that others trained; no experiment asks for it.
    case .betas: break
    }
    return values
  }

  private static func section(_ training: TrainingSettings) -> [String: ParameterValue] {
    [
      "training.steps": .integer(training.steps),
      "training.batch": .integer(training.batch),
      "training.seed": .seed(training.seed),
      "training.precision": .string(training.precision.rawValue),
      "training.lanes": .optional(training.lanes),
      "training.ema": .optional(training.ema),
      "training.clip": .optional(training.clip),
      "training.optimizer.kind": .string("adam"),
      "training.optimizer.lr": .number(training.optimizer.learningRate),
      "training.optimizer.betas": .list([
        .number(training.optimizer.beta1), .number(training.optimizer.beta2),
      ]),
      "training.optimizer.eps": .number(training.optimizer.epsilon),
      "training.lr_schedule.kind": .string(training.learningRateSchedule.rawValue),
      "training.lr_schedule.warmup": .integer(training.warmup),
      "training.from": .optional(training.from),
      "training.log_every": .integer(training.logEvery),
      "training.checkpoint_every": .integer(training.checkpointEvery),
      "training.keep_state": .boolean(training.keepState),
    ]
  }

  private static func section(_ sampling: SamplingSettings) -> [String: ParameterValue] {
    [
      "sampling.sampler": .string(sampling.sampler.rawValue),
      "sampling.steps": .integer(sampling.steps),
      "sampling.spacing": .string(sampling.spacing.rawValue),
      "sampling.eta": .number(sampling.eta),
      "sampling.clip": sampling.clip.map(ParameterValue.boolean) ?? .null,
      "sampling.guidance": .number(sampling.guidance),
      "sampling.count": .integer(sampling.count),
      "sampling.seed": .seed(sampling.seed),
      "sampling.every": .optional(sampling.every),
    ]
  }

  private static func section(_ evaluation: EvaluationSettings) -> [String: ParameterValue] {
    [
      "evaluation.every": .optional(evaluation.every),
      "evaluation.images": .integer(evaluation.images),
      "evaluation.metrics": .list(evaluation.metrics.map { .string($0.rawValue) }),
    ]
  }
}

extension ParameterValue {
  fileprivate static func optional(_ value: Int?) -> ParameterValue {
    value.map(ParameterValue.integer) ?? .null
  }

  fileprivate static func optional(_ value: Double?) -> ParameterValue {
    value.map(ParameterValue.number) ?? .null
  }

  fileprivate static func optional(_ value: String?) -> ParameterValue {
    value.map(ParameterValue.string) ?? .null
  }

  /// No texts are no value.
  fileprivate static func optional(_ texts: [String]) -> ParameterValue {
    texts.isEmpty ? .null : .list(texts.map(ParameterValue.string))
  }

  /// Experiment files hold seeds below 2^63.
  fileprivate static func seed(_ value: UInt64) -> ParameterValue {
    .integer(Int(truncatingIfNeeded: value & UInt64(Int64.max)))
  }
}
