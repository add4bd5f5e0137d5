package import Diffusion
private import Images
import Text
package import Values

/// From the values of all keys to the engine's types, and back.
package enum SettingsCoding {
  /// - Throws: `ExperimentFileError` if a key is missing or of another type: never for values
  ///   that the table of keys has let through.
  package static func settings(from values: [String: ParameterValue]) throws -> RunSettings {
    let keys = KeyedValues(values: values)
    return RunSettings(
      data: try data(keys), model: try model(keys), conditioning: try conditioning(keys),
      diffusion: try diffusion(keys), training: try training(keys), sampling: try sampling(keys),
      evaluation: try evaluation(keys))
  }

  private static func data(_ keys: KeyedValues) throws -> DataSettings {
    let source: DataSettings.Source
    switch try keys.text("data.source") {
    case "idx":
      source = .idx(
        images: try keys.text("data.images"), labels: try keys.optionalText("data.labels"))
    case "cifar10": source = .cifar10(path: try keys.text("data.path"))
    case "cifar100":
      source = .cifar100(
        path: try keys.text("data.path"), classes: try keys.word("data.classes"))
    case "images": source = .images(path: try keys.text("data.path"))
    case "npy":
      source = .npy(
        path: try keys.text("data.path"),
        labels: keys.has("data.labels") ? try keys.optionalText("data.labels") : nil)
    case "npz":
      source = .npz(
        path: try keys.text("data.path"), images: try keys.optionalText("data.image_array"),
        labels: try keys.optionalText("data.label_array"))
    case "csv":
      source = .csv(
        path: try keys.text("data.path"),
        label: keys.has("data.label_array") ? try keys.optionalText("data.label_array") : nil)
    case "shapes": source = .shapes
    case "gaussian":
      source = .gaussian(
        variance: try keys.number("data.variance"), mean: try keys.number("data.mean"))
    case "mixture": source = .mixture
    case "fashion-mnist": source = .fashionMNIST
    case let word: throw keys.unknown(word, at: "data.source")
    }
    var settings = DataSettings(
      source: source, split: try keys.word("data.split"),
      limit: try keys.optionalInteger("data.limit"))
    if keys.has("data.size") { settings.size = try keys.optionalInteger("data.size") }
    if keys.has("data.fit") { settings.fit = try keys.word("data.fit") }
    if keys.has("data.flip") { settings.flip = try keys.boolean("data.flip") }
    if keys.has("data.layout") { settings.layout = try keys.word("data.layout") }
    if keys.has("data.range"), let pair = try keys.optionalNumbers("data.range", count: 2) {
      guard let range = DataSettings.ValueRange(pair[0], pair[1]) else {
        throw keys.unknown("\(pair[0]), \(pair[1])", at: "data.range")
      }
      settings.range = range
    }
    if keys.has("data.transpose") { settings.transpose = try keys.boolean("data.transpose") }
    if keys.has("data.background") {
      let text = try keys.text("data.background")
      guard let background = Background(text) else {
        throw keys.unknown(text, at: "data.background")
      }
      settings.background = background
    }
    if keys.has("data.filter") { settings.filter = try keys.word("data.filter") }
    if keys.has("data.test") { settings.test = try keys.optionalText("data.test") }
    if keys.has("data.test_labels") {
      settings.testLabels = try keys.optionalText("data.test_labels")
    }
    if keys.has("data.channels") { settings.channels = try keys.optionalInteger("data.channels") }
    if keys.has("data.ignore") { settings.ignore = try keys.optionalTexts("data.ignore") ?? [] }
    if keys.has("data.recursive") { settings.recursive = try keys.boolean("data.recursive") }
    if keys.has("data.relabel") { settings.relabel = try keys.boolean("data.relabel") }
    if keys.has("data.class_names") {
      settings.classNames = try keys.optionalTexts("data.class_names") ?? []
    }
    return settings
  }

  private static func model(_ keys: KeyedValues) throws -> ModelSettings {
    var settings = ModelSettings(architecture: try keys.word("model.architecture"))
    switch settings.architecture {
    case .smallUNet:
      settings.levels = try keys.integer("model.levels")
      settings.baseChannels = try keys.integer("model.base_channels")
      settings.timeEmbedding = try keys.word("model.time_embedding.kind")
      settings.timeEmbeddingDim = try keys.integer("model.time_embedding.dim")
    case .unet: settings.residual = try residualUNet(keys)
    case .exactGaussian: break
    }
    return settings
  }

  private static func conditioning(_ keys: KeyedValues) throws -> ConditioningSettings {
    var settings = ConditioningSettings(kind: try keys.word("conditioning.kind"))
    guard settings.kind == .class else { return settings }
    settings.inject = try keys.word("conditioning.inject")
    settings.dropout = try keys.number("conditioning.dropout")
    return settings
  }

  private static func diffusion(_ keys: KeyedValues) throws -> DiffusionSettings {
    let schedule: DiffusionSettings.Schedule
    switch try keys.text("diffusion.schedule.kind") {
    case "linear":
      schedule = .linear(
        betaStart: try keys.optionalNumber("diffusion.schedule.beta_start"),
        betaEnd: try keys.optionalNumber("diffusion.schedule.beta_end"))
    case "cosine":
      schedule = .cosine(offset: try keys.number("diffusion.schedule.offset"))
    case let word: throw keys.unknown(word, at: "diffusion.schedule.kind")
    }
    return DiffusionSettings(
      steps: try keys.integer("diffusion.steps"), schedule: schedule,
      prediction: try keys.word("diffusion.prediction"),
      variance: try keys.word("diffusion.variance"))
  }

  private static func training(_ keys: KeyedValues) throws -> TrainingSettings {
    let betas = try keys.numbers("training.optimizer.betas", count: 2)
    return TrainingSettings(
      steps: try keys.integer("training.steps"), batch: try keys.integer("training.batch"),
      seed: try keys.seed("training.seed"), precision: try keys.word("training.precision"),
      lanes: try keys.optionalInteger("training.lanes"),
      ema: try keys.optionalNumber("training.ema"),
      clip: try keys.optionalNumber("training.clip"),
      optimizer: TrainingSettings.Optimizer(
        learningRate: try keys.number("training.optimizer.lr"), beta1: betas[0], beta2: betas[1],
        epsilon: try keys.number("training.optimizer.eps")),
      learningRateSchedule: try keys.word("training.lr_schedule.kind"),
      warmup: try keys.integer("training.lr_schedule.warmup"),
      logEvery: try keys.integer("training.log_every"),
      checkpointEvery: try keys.integer("training.checkpoint_every"),
      keepState: try keys.boolean("training.keep_state"),
      from: try keys.optionalText("training.from"))
  }

  private static func sampling(_ keys: KeyedValues) throws -> SamplingSettings {
    SamplingSettings(
      sampler: try keys.word("sampling.sampler"), steps: try keys.integer("sampling.steps"),
      spacing: try keys.word("sampling.spacing"), eta: try keys.number("sampling.eta"),
      clip: try keys.optionalBoolean("sampling.clip"),
      guidance: try keys.number("sampling.guidance"), count: try keys.integer("sampling.count"),
      seed: try keys.seed("sampling.seed"), every: try keys.optionalInteger("sampling.every"))
  }

  private static func evaluation(_ keys: KeyedValues) throws -> EvaluationSettings {
    EvaluationSettings(
      every: try keys.optionalInteger("evaluation.every"),
      images: try keys.integer("evaluation.images"),
      metrics: try keys.words("evaluation.metrics"))
  }
}

/// The values of a run's keys, taken out by type.
package struct KeyedValues {
  let values: [String: ParameterValue]

  func has(_ path: String) -> Bool { values[path] != nil }

  func unknown(_ word: String, at path: String) -> ExperimentFileError {
    ExperimentFileError(.badInput, "settings: \(path) cannot be \(quoted(word))")
  }

  private func mismatch(_ path: String) -> ExperimentFileError {
    let found = values[path].map { "cannot be \(quoted($0.text))" } ?? "is missing"
    return ExperimentFileError(.badInput, "settings: \(path) \(found)")
  }

  private func optional<Value>(_ path: String, _ take: (ParameterValue) -> Value?) throws -> Value?
  {
    guard let value = values[path] else { throw mismatch(path) }
    if value == .null { return nil }
    guard let taken = take(value) else { throw mismatch(path) }
    return taken
  }

  private func required<Value>(_ path: String, _ take: (ParameterValue) -> Value?) throws -> Value {
    guard let value = try optional(path, take) else { throw mismatch(path) }
    return value
  }

  private func text(of value: ParameterValue) -> String? {
    if case .string(let text) = value { text } else { nil }
  }

  private func integer(of value: ParameterValue) -> Int? {
    if case .integer(let integer) = value { integer } else { nil }
  }

  private func number(of value: ParameterValue) -> Double? {
    if case .number(let number) = value { number } else { nil }
  }

  private func boolean(of value: ParameterValue) -> Bool? {
    if case .boolean(let boolean) = value { boolean } else { nil }
  }

  func text(_ path: String) throws -> String { try required(path, text(of:)) }
  func optionalText(_ path: String) throws -> String? { try optional(path, text(of:)) }
  func integer(_ path: String) throws -> Int { try required(path, integer(of:)) }
  func optionalInteger(_ path: String) throws -> Int? { try optional(path, integer(of:)) }
  func number(_ path: String) throws -> Double { try required(path, number(of:)) }
  func optionalNumber(_ path: String) throws -> Double? { try optional(path, number(of:)) }
  func boolean(_ path: String) throws -> Bool { try required(path, boolean(of:)) }
  func optionalBoolean(_ path: String) throws -> Bool? { try optional(path, boolean(of:)) }

  func seed(_ path: String) throws -> UInt64 {
    guard let seed = UInt64(exactly: try integer(path)) else { throw mismatch(path) }
    return seed
  }

  func word<Word: RawRepresentable<String>>(_ path: String) throws -> Word {
    let text = try text(path)
    guard let word = Word(rawValue: text) else { throw unknown(text, at: path) }
    return word
  }

  private func texts(of value: ParameterValue) -> [String]? {
    guard case .list(let items) = value else { return nil }
    let texts = items.compactMap(text(of:))
    return texts.count == items.count ? texts : nil
  }

  func texts(_ path: String) throws -> [String] { try required(path, texts(of:)) }
  func optionalTexts(_ path: String) throws -> [String]? { try optional(path, texts(of:)) }

  func words<Word: RawRepresentable<String>>(_ path: String) throws -> [Word] {
    try texts(path).map { text in
      guard let word = Word(rawValue: text) else { throw unknown(text, at: path) }
      return word
    }
  }

  func integers(_ path: String) throws -> [Int] {
    try required(path) { value in
      guard case .list(let items) = value else { return nil }
      let integers = items.compactMap(integer(of:))
      return integers.count == items.count ? integers : nil
    }
  }

  func numbers(_ path: String, count: Int) throws -> [Double] {
    guard let numbers = try optionalNumbers(path, count: count) else { throw mismatch(path) }
    return numbers
  }

  func optionalNumbers(_ path: String, count: Int) throws -> [Double]? {
    try optional(path) { value in
      guard case .list(let items) = value else { return nil }
      let numbers = items.compactMap(number(of:))
      return numbers.count == items.count && numbers.count == count ? numbers : nil
    }
  }
}
