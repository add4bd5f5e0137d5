import Diffusion
import Images
import Text
import Values

/// One key and the place of its value in the engine's settings, for both ways.
struct SettingField<Settings>: Sendable {
  let path: String
  let value: @Sendable (Settings) -> ParameterValue
  /// - Throws: `ExperimentFileError` if the key is missing or of another type.
  let read: @Sendable (KeyedValues, inout Settings) throws -> Void
}

extension SettingField {
  init<Value: SettingValue>(
    _ path: String, _ place: any WritableKeyPath<Settings, Value> & Sendable
  ) {
    self.init(
      path: path, value: { $0[keyPath: place].setting },
      read: { keys, settings in settings[keyPath: place] = try keys.value(path) })
  }

  /// Texts, none of which are no value.
  static func texts(
    _ path: String, _ place: any WritableKeyPath<Settings, [String]> & Sendable
  ) -> SettingField {
    SettingField(
      path: path,
      value: { settings in
        let texts = settings[keyPath: place]
        return texts.isEmpty ? .null : texts.setting
      },
      read: { keys, settings in
        let texts: [String]? = try keys.value(path)
        settings[keyPath: place] = texts ?? []
      })
  }
}

/// The values of a run's keys, taken out by type.
struct KeyedValues {
  let values: [String: ParameterValue]

  func has(_ path: String) -> Bool { values[path] != nil }

  func mismatch(_ path: String) -> ExperimentFileError {
    let found = values[path].map { "cannot be \(quoted($0.text))" } ?? "is missing"
    return ExperimentFileError(.badInput, "settings: \(path) \(found)")
  }

  /// Nil where the key is missing, or has no value.
  /// - Throws: `ExperimentFileError` if it is of another type.
  func optional<Value: SettingValue>(_ path: String) throws -> Value? {
    has(path) ? try value(path) : nil
  }

  /// - Throws: `ExperimentFileError` if the key is missing or of another type.
  func value<Value: SettingValue>(_ path: String) throws -> Value {
    guard let value = values[path].flatMap(Value.init(setting:)) else { throw mismatch(path) }
    return value
  }
}

extension [String: ParameterValue] {
  /// The word at a key that says what kind of thing is meant.
  package func kind(_ path: String) -> String? { self[path]?.word }
}

// MARK: Types

/// A type of the engine that a key's value stands for.
protocol SettingValue: Sendable {
  /// Nil where the value is of another type.
  init?(setting: ParameterValue)
  var setting: ParameterValue { get }
}

extension Bool: SettingValue {
  init?(setting: ParameterValue) {
    guard case .boolean(let value) = setting else { return nil }
    self = value
  }

  var setting: ParameterValue { .boolean(self) }
}

extension Int: SettingValue {
  init?(setting: ParameterValue) {
    guard let value = setting.integer else { return nil }
    self = value
  }

  var setting: ParameterValue { .integer(self) }
}

/// A seed: experiment files hold those below 2^63.
extension UInt64: SettingValue {
  init?(setting: ParameterValue) {
    guard let value = Int(setting: setting) else { return nil }
    self.init(exactly: value)
  }

  var setting: ParameterValue { .integer(Int(truncatingIfNeeded: self & UInt64(Int64.max))) }
}

extension Double: SettingValue {
  init?(setting: ParameterValue) {
    guard case .number(let value) = setting else { return nil }
    self = value
  }

  var setting: ParameterValue { .number(self) }
}

extension String: SettingValue {
  init?(setting: ParameterValue) {
    guard let value = setting.word else { return nil }
    self = value
  }

  var setting: ParameterValue { .string(self) }
}

extension Optional: SettingValue where Wrapped: SettingValue {
  init?(setting: ParameterValue) {
    if setting == .null {
      self = .none
    } else {
      guard let value = Wrapped(setting: setting) else { return nil }
      self = .some(value)
    }
  }

  var setting: ParameterValue { self?.setting ?? .null }
}

extension Array: SettingValue where Element: SettingValue {
  init?(setting: ParameterValue) {
    guard case .list(let items) = setting else { return nil }
    let values = items.compactMap(Element.init(setting:))
    guard values.count == items.count else { return nil }
    self = values
  }

  var setting: ParameterValue { .list(map(\.setting)) }
}

extension SettingValue where Self: RawRepresentable<String> {
  init?(setting: ParameterValue) {
    guard let word = String(setting: setting) else { return nil }
    self.init(rawValue: word)
  }

  var setting: ParameterValue { .string(rawValue) }
}

extension DataSettings.Split: SettingValue {}
extension DataSettings.CIFAR100Classes: SettingValue {}
extension DataSettings.Layout: SettingValue {}
extension DataSettings.Fit: SettingValue {}
extension DataSettings.Filter: SettingValue {}
extension PointShape: SettingValue {}
extension ModelSettings.Architecture: SettingValue {}
extension ModelSettings.TimeEmbedding: SettingValue {}
extension MLPSettings.InputEmbedding: SettingValue {}
extension ResidualUNetSettings.DownBlock: SettingValue {}
extension ResidualUNetSettings.UpBlock: SettingValue {}
extension ResidualUNetSettings.TimeScaleShift: SettingValue {}
extension ConditioningSettings.Kind: SettingValue {}
extension ConditioningSettings.Injection: SettingValue {}
extension Degradation.Task: SettingValue {}
extension PredictionTarget: SettingValue {}
extension DiffusionSettings.Variance: SettingValue {}
extension TrainingSettings.Precision: SettingValue {}
extension TrainingSettings.WeightFormat: SettingValue {}
extension TrainingSettings.LossScaling: SettingValue {}
extension TrainingSettings.LearningRateSchedule: SettingValue {}
extension TrainingSettings.Optimizer.Kind: SettingValue {}
extension SamplingSettings.Sampler: SettingValue {}
extension SamplingSettings.Spacing: SettingValue {}
extension EvaluationSettings.Metric: SettingValue {}
extension InceptionInput: SettingValue {}

extension DataSettings.ValueRange: SettingValue {
  init?(setting: ParameterValue) {
    guard let pair = [Double](setting: setting), pair.count == 2 else { return nil }
    self.init(pair[0], pair[1])
  }

  var setting: ParameterValue { [lower, upper].setting }
}

extension Background: SettingValue {
  init?(setting: ParameterValue) {
    guard let text = String(setting: setting) else { return nil }
    self.init(text)
  }

  var setting: ParameterValue { .string(text) }
}
