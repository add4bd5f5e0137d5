package import Diffusion
package import Values

/// From the values of all keys to the engine's types, and back.
package enum SettingsCoding {
  /// - Throws: `ExperimentFileError` if a key is missing or of another type: never for values
  ///   that the table of keys has let through.
  package static func settings(from values: [String: ParameterValue]) throws -> RunSettings {
    let keys = KeyedValues(values: values)
    var settings = RunSettings(
      data: DataSettings(source: try source(keys)), training: TrainingSettings(steps: 0))
    // Settings that were frozen before a key of the data existed lack it.
    for field in data where keys.has(field.path) { try field.read(keys, &settings.data) }
    for field in fields
    where KeyDefinitions.byPath[field.path]?.belongs(values.kind) ?? false {
      try field.read(keys, &settings)
    }
    try readLosses(keys, &settings.training)
    settings.diffusion.process = try process(keys)
    // What the process does of itself need not be said.
    if settings.training.timesteps == settings.diffusion.process.usualTimesteps {
      settings.training.timesteps = nil
    }
    if settings.diffusion.process == .vp {
      settings.diffusion.schedule = try schedule(keys)
    }
    if settings.model.architecture == .unet {
      settings.model.residual = try residualUNet(values)
    }
    if settings.model.architecture == .mlp {
      var mlp = MLPSettings()
      for field in self.mlp where KeyDefinitions.byPath[field.path]?.belongs(values.kind) ?? false {
        try field.read(keys, &mlp)
      }
      settings.model.mlp = mlp
    }
    return settings
  }

  /// The `model` section of a residual U-Net.
  /// - Throws: `ExperimentFileError` if a key is missing or of another type.
  static func residualUNet(_ values: [String: ParameterValue]) throws -> ResidualUNetSettings {
    let keys = KeyedValues(values: values)
    var settings = ResidualUNetSettings()
    for field in residual { try field.read(keys, &settings) }
    return settings
  }

  /// Every key of a run and its value: what `settings(from:)` reads.
  package static func values(of settings: RunSettings) -> [String: ParameterValue] {
    var values = self.values(of: settings.data.source)
      .merging(self.values(of: settings.diffusion.process)) { $1 }
      .merging(self.values(of: settings.diffusion.schedule)) { $1 }
    values.merge(self.values(of: settings.training, settings.diffusion.process)) { $1 }
    for field in data { values[field.path] = field.value(settings.data) }
    for field in fields { values[field.path] = field.value(settings) }
    if let model = settings.model.residual {
      for field in residual { values[field.path] = field.value(model) }
    }
    if let model = settings.model.mlp {
      for field in mlp { values[field.path] = field.value(model) }
    }
    // What the kinds chosen do not have is no part of a run.
    return values.filter { KeyDefinitions.byPath[$0.key]?.belongs(values.kind) ?? false }
  }

  // MARK: Fields

  private static let data: [SettingField<DataSettings>] = [
    .init("data.size", \.size), .init("data.fit", \.fit), .init("data.flip", \.flip),
    .init("data.shift", \.shift), .init("data.brightness", \.brightness),
    .init("data.layout", \.layout), .init("data.range", \.range),
    .init("data.transpose", \.transpose), .init("data.background", \.background),
    .init("data.filter", \.filter), .init("data.test", \.test),
    .init("data.test_labels", \.testLabels), .init("data.channels", \.channels),
    .texts("data.ignore", \.ignore), .init("data.recursive", \.recursive),
    .init("data.relabel", \.relabel), .texts("data.class_names", \.classNames),
    .texts("data.conditions", \.conditions),
  ]

  private static let fields: [SettingField<RunSettings>] = [
    .init("data.split", \.data.split),
    .init("data.limit", \.data.limit),
    .init("model.architecture", \.model.architecture),
    .init("model.levels", \.model.levels),
    .init("model.base_channels", \.model.baseChannels),
    .init("model.time_embedding.kind", \.model.timeEmbedding),
    .init("model.time_embedding.dim", \.model.timeEmbeddingDim),
    SettingField(
      path: "model.resnet_time_scale_shift", value: { $0.model.timeScaleShift.setting },
      read: { keys, settings in
        // The residual U-Net has it among its own.
        guard settings.model.architecture == .smallUNet else { return }
        settings.model.timeScaleShift =
          try keys.optional("model.resnet_time_scale_shift") ?? .default
      }),
    SettingField(
      path: "model.dropout", value: { $0.model.dropout.setting },
      read: { keys, settings in
        guard settings.model.architecture != .unet else { return }
        settings.model.dropout = try keys.optional("model.dropout") ?? 0
      }),
    .init("conditioning.kind", \.conditioning.kind),
    .init("conditioning.inject", \.conditioning.inject),
    .init("conditioning.dropout", \.conditioning.dropout),
    .texts("conditioning.categories", \.conditioning.categories),
    .init("conditioning.task", \.conditioning.task),
    .init("conditioning.factor", \.conditioning.factor),
    .init("conditioning.self", \.conditioning.selfConditioning),
    .init("conditioning.augmentation", \.conditioning.augmentation),
    .init("diffusion.steps", \.diffusion.steps),
    .init("diffusion.rescale_zero_snr", \.diffusion.rescaleZeroSNR),
    .init("diffusion.prediction", \.diffusion.prediction),
    .init("diffusion.variance", \.diffusion.variance),
    .init("training.steps", \.training.steps),
    .init("training.batch", \.training.batch),
    .init("training.seed", \.training.seed),
    .init("training.precision", \.training.precision),
    .init("training.loss_scale", \.training.lossScaling),
    .init("training.weight_precision", \.training.weights),
    .init("training.lanes", \.training.lanes),
    .init("training.ema", \.training.ema),
    .init("training.ema_halflife", \.training.emaHalfLife),
    .init("training.ema_rampup", \.training.emaRampUp),
    .init("training.ema_widths", \.training.emaWidths),
    .init("training.ema_every", \.training.emaEvery),
    .init("training.clip", \.training.clip),
    .init("training.accumulate", \.training.accumulate),
    .init("training.optimizer.kind", \.training.optimizer.kind),
    .init("training.optimizer.weight_decay", \.training.optimizer.weightDecay),
    .init("training.optimizer.lr", \.training.optimizer.learningRate),
    SettingField(
      path: "training.optimizer.betas",
      value: { [$0.training.optimizer.beta1, $0.training.optimizer.beta2].setting },
      read: { keys, settings in
        let betas: [Double] = try keys.value("training.optimizer.betas")
        guard betas.count == 2 else { throw keys.mismatch("training.optimizer.betas") }
        (settings.training.optimizer.beta1, settings.training.optimizer.beta2) =
          (betas[0], betas[1])
      }),
    .init("training.optimizer.eps", \.training.optimizer.epsilon),
    .init("training.lr_schedule.kind", \.training.learningRateSchedule),
    .init("training.lr_schedule.warmup", \.training.warmup),
    .init("training.from", \.training.from),
    SettingField(
      path: "training.distill.teacher_steps",
      value: { ($0.training.distillation?.teacherSteps).setting },
      read: { keys, settings in
        let steps: Int? = try keys.value("training.distill.teacher_steps")
        settings.training.distillation = steps.map { .init(teacherSteps: $0) }
      }),
    SettingField(
      path: "training.distill.student_steps",
      value: { ($0.training.distillation?.studentSteps ?? 1).setting },
      read: { keys, settings in
        guard settings.training.distillation != nil else { return }
        settings.training.distillation?.studentSteps =
          try keys.value("training.distill.student_steps")
      }),
    SettingField(
      path: "training.distill.guidance",
      value: { ($0.training.distillation?.guidance ?? 1).setting },
      read: { keys, settings in
        guard settings.training.distillation != nil else { return }
        settings.training.distillation?.guidance = try keys.value("training.distill.guidance")
      }),
    .init("training.log_every", \.training.logEvery),
    .init("training.checkpoint_every", \.training.checkpointEvery),
    .init("training.keep_state", \.training.keepState),
    .init("sampling.sampler", \.sampling.sampler),
    .init("sampling.steps", \.sampling.steps),
    .init("sampling.spacing", \.sampling.spacing),
    .init("sampling.sigma_min", \.sampling.sigmaMin),
    .init("sampling.sigma_max", \.sampling.sigmaMax),
    .init("sampling.eta", \.sampling.eta),
    .init("sampling.order", \.sampling.order),
    .init("sampling.churn", \.sampling.churn),
    .init("sampling.churn_min", \.sampling.churnMin),
    .init("sampling.churn_max", \.sampling.churnMax),
    .init("sampling.churn_noise", \.sampling.churnNoise),
    .init("sampling.snr", \.sampling.signalToNoise),
    .init("sampling.corrections", \.sampling.corrections),
    .init("sampling.rtol", \.sampling.rtol),
    .init("sampling.atol", \.sampling.atol),
    .init("sampling.threshold", \.sampling.threshold),
    .init("sampling.clip", \.sampling.clip),
    .init("sampling.guidance", \.sampling.guidance),
    .init("sampling.guidance_min", \.sampling.guidanceMin),
    .init("sampling.guidance_max", \.sampling.guidanceMax),
    .init("sampling.guidance_rescale", \.sampling.guidanceRescale),
    .init("sampling.guidance_parallel", \.sampling.guidanceParallel),
    .init("sampling.guidance_norm", \.sampling.guidanceNorm),
    .init("sampling.guidance_momentum", \.sampling.guidanceMomentum),
    .init("sampling.ema", \.sampling.ema),
    .init("sampling.guide_step", \.sampling.guideStep),
    .init("sampling.guide", \.sampling.guide),
    .init("sampling.classifier_guidance", \.sampling.classifierGuidance),
    .init("sampling.count", \.sampling.count),
    .init("sampling.seed", \.sampling.seed),
    .init("sampling.every", \.sampling.every),
    .init("evaluation.every", \.evaluation.every),
    .init("evaluation.images", \.evaluation.images),
    .init("evaluation.metrics", \.evaluation.metrics),
    .init("evaluation.likelihood.images", \.evaluation.likelihood.images),
    .init("evaluation.likelihood.timesteps", \.evaluation.likelihood.timesteps),
    .init("evaluation.likelihood.steps", \.evaluation.likelihood.steps),
    .init("evaluation.likelihood.probes", \.evaluation.likelihood.probes),
    .init("evaluation.inception", \.evaluation.inception),
    .init("evaluation.inception_input", \.evaluation.inceptionInput),
    .init("evaluation.rounding.every", \.evaluation.roundingEvery),
  ]

  private static let residual: [SettingField<ResidualUNetSettings>] = [
    .init("model.block_out_channels", \.blockOutChannels),
    .init("model.layers_per_block", \.layersPerBlock),
    .init("model.down_block_types", \.downBlockTypes),
    .init("model.up_block_types", \.upBlockTypes),
    .init("model.add_attention", \.addAttention),
    .init("model.attention_head_dim", \.attentionHeadDim),
    .init("model.norm_num_groups", \.normNumGroups),
    .init("model.norm_eps", \.normEps),
    .init("model.dropout", \.dropout),
    .init("model.resnet_time_scale_shift", \.timeScaleShift),
    .init("model.downsample_padding", \.downsamplePadding),
    .init("model.flip_sin_to_cos", \.flipSinToCos),
    .init("model.freq_shift", \.freqShift),
    .init("model.mid_block_scale_factor", \.midBlockScaleFactor),
    .init("model.center_input_sample", \.centerInputSample),
  ]

  private static let mlp: [SettingField<MLPSettings>] = [
    .init("model.width", \.width), .init("model.layers", \.layers),
    .init("model.input_embedding.kind", \.inputEmbedding),
    .init("model.input_embedding.dim", \.inputEmbeddingDim),
    .init("model.input_embedding.scale", \.inputEmbeddingScale),
  ]

  // MARK: Kinds with keys of their own

  private static func source(_ keys: KeyedValues) throws -> DataSettings.Source {
    switch try keys.value("data.source") as String {
    case "fashion-mnist": .fashionMNIST
    case "idx":
      .idx(images: try keys.value("data.images"), labels: try keys.value("data.labels"))
    case "cifar10": .cifar10(path: try keys.value("data.path"))
    case "cifar100":
      .cifar100(path: try keys.value("data.path"), classes: try keys.value("data.classes"))
    case "images": .images(path: try keys.value("data.path"))
    case "npy":
      .npy(
        path: try keys.value("data.path"),
        labels: keys.has("data.labels") ? try keys.value("data.labels") : nil)
    case "npz":
      .npz(
        path: try keys.value("data.path"), images: try keys.value("data.image_array"),
        labels: try keys.value("data.label_array"))
    case "csv":
      .csv(
        path: try keys.value("data.path"),
        label: keys.has("data.label_array") ? try keys.value("data.label_array") : nil)
    case "shapes": .shapes
    case "gaussian":
      .gaussian(variance: try keys.value("data.variance"), mean: try keys.value("data.mean"))
    case "mixture":
      .mixture(
        means: try keys.optional("data.means"),
        // Settings that were frozen before a mixture had parameters lack them.
        deviation: try keys.optional("data.deviation") ?? MixtureParameters.ring.deviation,
        weights: try keys.optional("data.weights"))
    case "points":
      .points(
        shape: try keys.optional("data.shape"), path: try keys.optional("data.path"),
        label: try keys.optional("data.label_array"))
    default: throw keys.mismatch("data.source")
    }
  }

  private static func values(of source: DataSettings.Source) -> [String: ParameterValue] {
    let (name, values): (String, [String: ParameterValue]) =
      switch source {
      case .fashionMNIST: ("fashion-mnist", [:])
      case .idx(let images, let labels):
        ("idx", ["data.images": images.setting, "data.labels": labels.setting])
      case .cifar10(let path): ("cifar10", ["data.path": path.setting])
      case .cifar100(let path, let classes):
        ("cifar100", ["data.path": path.setting, "data.classes": classes.setting])
      case .images(let path): ("images", ["data.path": path.setting])
      case .npy(let path, let labels):
        ("npy", ["data.path": path.setting, "data.labels": labels.setting])
      case .npz(let path, let images, let labels):
        (
          "npz",
          [
            "data.path": path.setting, "data.image_array": images.setting,
            "data.label_array": labels.setting,
          ]
        )
      case .csv(let path, let label):
        ("csv", ["data.path": path.setting, "data.label_array": label.setting])
      case .shapes: ("shapes", [:])
      case .gaussian(let variance, let mean):
        ("gaussian", ["data.variance": variance.setting, "data.mean": mean.setting])
      case .mixture(let means, let deviation, let weights):
        (
          "mixture",
          [
            "data.means": means.setting, "data.deviation": deviation.setting,
            "data.weights": weights.setting,
          ]
        )
      case .points(let shape, let path, let label):
        (
          "points",
          [
            "data.shape": shape.setting, "data.path": path.setting,
            "data.label_array": label.setting,
          ]
        )
      }
    return values.merging(["data.source": .string(name)]) { $1 }
  }
}
