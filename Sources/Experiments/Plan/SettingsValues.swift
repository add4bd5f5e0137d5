internal import Diffusion

extension SettingsCoding {
  /// Every key of a run and its value: what `settings(from:)` reads.
  static func values(of settings: RunSettings) -> [String: SettingValue] {
    var values: [String: SettingValue] = [:]
    let parts: [[String: SettingValue]] = [
      section(settings.data), section(settings.model), section(settings.conditioning),
      section(settings.diffusion), section(settings.training), section(settings.sampling),
      section(settings.evaluation),
    ]
    for part in parts {
      values.merge(part) { $1 }
    }
    // What the kinds chosen do not have is no part of a run.
    let kind = { (path: String) -> String? in
      if case .text(let word)? = values[path] { word } else { nil }
    }
    let own = KeyDefinitions.settings.filter { $0.belongs(kind) }.map(\.path)
    return values.filter { own.contains($0.key) }
  }

  private static func section(_ data: DataSettings) -> [String: SettingValue] {
    var values: [String: SettingValue] = [
      "data.split": .text(data.split.rawValue), "data.limit": .optional(data.limit),
      "data.size": .optional(data.size), "data.fit": .text(data.fit.rawValue),
      "data.flip": .boolean(data.flip),
    ]
    switch data.source {
    case .fashionMNIST: values["data.source"] = .text("fashion-mnist")
    case .idx(let images, let labels):
      values["data.source"] = .text("idx")
      values["data.images"] = .text(images)
      values["data.labels"] = .optional(labels)
    case .cifar10(let path):
      values["data.source"] = .text("cifar10")
      values["data.path"] = .text(path)
    case .images(let path):
      values["data.source"] = .text("images")
      values["data.path"] = .text(path)
    case .npy(let path):
      values["data.source"] = .text("npy")
      values["data.path"] = .text(path)
    case .shapes: values["data.source"] = .text("shapes")
    case .gaussian(let variance, let mean):
      values["data.source"] = .text("gaussian")
      values["data.variance"] = .number(variance)
      values["data.mean"] = .number(mean)
    case .mixture: values["data.source"] = .text("mixture")
    }
    return values
  }

  private static func section(_ model: ModelSettings) -> [String: SettingValue] {
    [
      "model.architecture": .text(model.architecture.rawValue),
      "model.levels": .integer(model.levels),
      "model.base_channels": .integer(model.baseChannels),
      "model.time_embedding.kind": .text(model.timeEmbedding.rawValue),
      "model.time_embedding.dim": .integer(model.timeEmbeddingDim),
    ]
  }

  private static func section(_ conditioning: ConditioningSettings) -> [String: SettingValue] {
    [
      "conditioning.kind": .text(conditioning.kind.rawValue),
      "conditioning.inject": .text(conditioning.inject.rawValue),
      "conditioning.dropout": .number(conditioning.dropout),
    ]
  }

  private static func section(_ diffusion: DiffusionSettings) -> [String: SettingValue] {
    var values: [String: SettingValue] = [
      "diffusion.steps": .integer(diffusion.steps),
      "diffusion.schedule.kind": .text(diffusion.schedule.kind),
      "diffusion.prediction": .text(diffusion.prediction.rawValue),
      "diffusion.variance": .text(diffusion.variance.rawValue),
    ]
    switch diffusion.schedule {
    case .linear(let start, let end):
      values["diffusion.schedule.beta_start"] = .optional(start)
      values["diffusion.schedule.beta_end"] = .optional(end)
    case .cosine(let offset):
      values["diffusion.schedule.offset"] = .number(offset)
    }
    return values
  }

  private static func section(_ training: TrainingSettings) -> [String: SettingValue] {
    [
      "training.steps": .integer(training.steps),
      "training.batch": .integer(training.batch),
      "training.seed": .seed(training.seed),
      "training.precision": .text(training.precision.rawValue),
      "training.lanes": .optional(training.lanes),
      "training.ema": .optional(training.ema),
      "training.clip": .optional(training.clip),
      "training.optimizer.kind": .text("adam"),
      "training.optimizer.lr": .number(training.optimizer.learningRate),
      "training.optimizer.betas": .list([
        .number(training.optimizer.beta1), .number(training.optimizer.beta2),
      ]),
      "training.optimizer.eps": .number(training.optimizer.epsilon),
      "training.lr_schedule.kind": .text(training.learningRateSchedule.rawValue),
      "training.lr_schedule.warmup": .integer(training.warmup),
      "training.from": .optional(training.from),
      "training.log_every": .integer(training.logEvery),
      "training.checkpoint_every": .integer(training.checkpointEvery),
      "training.keep_state": .boolean(training.keepState),
    ]
  }

  private static func section(_ sampling: SamplingSettings) -> [String: SettingValue] {
    [
      "sampling.sampler": .text(sampling.sampler.rawValue),
      "sampling.steps": .integer(sampling.steps),
      "sampling.spacing": .text(sampling.spacing.rawValue),
      "sampling.eta": .number(sampling.eta),
      "sampling.clip": sampling.clip.map(SettingValue.boolean) ?? .unset,
      "sampling.guidance": .number(sampling.guidance),
      "sampling.count": .integer(sampling.count),
      "sampling.seed": .seed(sampling.seed),
      "sampling.every": .optional(sampling.every),
    ]
  }

  private static func section(_ evaluation: EvaluationSettings) -> [String: SettingValue] {
    [
      "evaluation.every": .optional(evaluation.every),
      "evaluation.images": .integer(evaluation.images),
      "evaluation.metrics": .list(evaluation.metrics.map { .text($0.rawValue) }),
    ]
  }
}

extension SettingValue {
  fileprivate static func optional(_ value: Int?) -> SettingValue {
    value.map(SettingValue.integer) ?? .unset
  }

  fileprivate static func optional(_ value: Double?) -> SettingValue {
    value.map(SettingValue.number) ?? .unset
  }

  fileprivate static func optional(_ value: String?) -> SettingValue {
    value.map(SettingValue.text) ?? .unset
  }

  /// Experiment files hold seeds below 2^63.
  fileprivate static func seed(_ value: UInt64) -> SettingValue {
    .integer(Int(truncatingIfNeeded: value & UInt64(Int64.max)))
  }
}
