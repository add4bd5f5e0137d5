import Statistics
package import Values

/// What an axis or a colour of a plot is taken from.
package enum PlotQuantity: Sendable, Hashable {
  /// Along a run: each step that was logged, the seconds of training until then, the time of day, the share of the run.
  case step, time, unix, progress
  /// Along the timesteps of the noise process, of metrics that were logged at them.
  case timestep
  /// Of a run as a whole: its last value, lowest, highest or best.
  case metric(String)
  case setting(String)
  case attribute(RunAttribute)
  /// All that was swept, like `cosine · guidance=3`; along an axis of one of these settings, the others.
  case sweptSetting

  package static let alongRuns = ["step", "time", "unix", "progress", "t"]
  package static let sweptSettingName = "setting"

  /// - Parameters:
  ///   - isX: whether `step` means each step rather than how many a run has done.
  ///   - prefersMetric: whether a name that runs of other programs have as a metric and as a setting too, like `lr`, is
  ///     the metric.
  ///   - imported: names beside those that are known.
  package init?(
    _ name: String, isX: Bool = false, prefersMetric: Bool = false, imported: ImportedNames = .none
  ) {
    if prefersMetric, imported.metrics.contains(name) {
      self = .metric(name)
      return
    }
    switch name {
    case "step" where isX: self = .step
    case "time" where isX: self = .time
    case "unix" where isX: self = .unix
    case "progress" where isX: self = .progress
    case "t" where isX: self = .timestep
    case Self.sweptSettingName: self = .sweptSetting
    default:
      if let attribute = RunAttribute(rawValue: name) {
        self = .attribute(attribute)
      } else if imported.settings.contains(name) {
        self = .setting(name)
      } else if name.contains("/") || imported.metrics.contains(name) {
        self = .metric(name)
      } else if KeyDefinitions.byPath[name]?.isSetting == true {
        self = .setting(name)
      } else {
        return nil
      }
    }
  }

  package var isAlongRuns: Bool {
    switch self {
    case .step, .time, .unix, .progress, .timestep: true
    default: false
    }
  }

  package var isMetric: Bool {
    if case .metric = self { true } else { false }
  }

  /// Whether its values are numbers, as far as that is known before any run has it.
  package var isNumeric: Bool {
    switch self {
    case .step, .time, .unix, .progress, .timestep, .metric: true
    case .attribute(let attribute): [.seed, .step, .seconds].contains(attribute)
    case .sweptSetting: false
    case .setting(let path):
      switch KeyDefinitions.byPath[path]?.type {
      case .integer, .number: true
      // Imported: nothing is known of it, and a plot of numbers takes words for places too.
      case nil: true
      default: false
      }
    }
  }

  package var name: String {
    switch self {
    case .step: "training step"
    case .time: "training time"
    case .unix: "time"
    case .progress: "progress"
    case .timestep: "timestep t"
    case .metric(let name), .setting(let name): name
    case .attribute(let attribute): attribute.rawValue
    case .sweptSetting: Self.sweptSettingName
    }
  }
}

/// Which of a metric's values stands for a run.
package enum MetricChoice: String, Sendable, Hashable, CaseIterable {
  case last, min, max
  /// The lowest or the highest, whichever way is better.
  case best

  package func value(_ summary: MetricSummary, goal: Objective.Goal?) -> Double {
    switch self {
    case .last: summary.last
    case .min: summary.min
    case .max: summary.max
    case .best: goal == .maximize ? summary.max : goal == .minimize ? summary.min : summary.last
    }
  }
}
