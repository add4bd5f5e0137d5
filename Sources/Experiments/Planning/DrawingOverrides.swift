package import Diffusion
import ExperimentFiles
import Text
import Values

/// `key=value` for using a network that is there: read and checked like those of an experiment file.
package enum DrawingOverrides {
  /// What the network is used for.
  package enum Use: Sendable {
    case drawing
    /// A single prediction: the noise process says all of it.
    case predicting

    /// Whether a key changes anything once a network is trained.
    fileprivate func heeds(_ path: String) -> Bool {
      if path.hasPrefix("diffusion.") { return true }
      guard self == .drawing else { return false }
      return path == "training.precision" || path == DrawingOverrides.classNames
        || (path.hasPrefix("sampling.") && path != "sampling.every")
    }

    fileprivate var outcome: String { self == .drawing ? "draws" : "predicts" }

    fileprivate var hint: String {
      self == .drawing
        ? "keys of diffusion and of sampling do, training.precision and data.class_names"
        : "keys of diffusion do"
    }
  }

  private static let classNames = "data.class_names"

  /// Lays overrides over settings.
  /// - Parameters:
  ///   - taken: keys that the command line's options give already.
  ///   - scheduler: of the pipeline that the settings are, whose own schedule no key says.
  ///   - isAssumed: whether nobody said the settings' noise process: what the network predicts then goes with the process
  ///     that is said here.
  /// - Returns: the settings, and the keys that were overridden.
  /// - Throws: `ExperimentFileError` with every error found.
  package static func apply(
    _ overrides: [String], to settings: RunSettings, for use: Use = .drawing,
    taken: [String: String] = [:], scheduler: DiffusersScheduler? = nil, isAssumed: Bool = false
  ) throws -> (settings: RunSettings, keys: Set<String>) {
    var diagnostics = Diagnostics()
    guard let tree = Overrides.read(overrides, into: &diagnostics) else {
      try diagnostics.check()
      return (settings, [])
    }
    let origin = SourceText(override: "").start
    var layer = Layer(tree, source: origin.source, into: &diagnostics)
    for (path, assignment) in layer.assignments.sorted(by: { $0.key < $1.key }) {
      if let option = taken[path] {
        diagnostics.error(
          "\(quoted(path)) is given twice, as \(option) too", at: assignment.keyPlace,
          hint: "keep one of them")
      } else if !use.heeds(path) {
        diagnostics.error(
          "\(quoted(path)) changes nothing about what a network \(use.outcome)",
          at: assignment.keyPlace, hint: use.hint)
      }
    }
    let others: [Place?] =
      [layer.sweep?.place, layer.report?.place] + layer.extends.map { $0.place }
    for place in others.compactMap({ $0 }) {
      diagnostics.error("this changes nothing about what a network \(use.outcome)", at: place)
    }

    let keys = Set(layer.assignments.keys)
    // Whatever the data were.
    let names = layer.assignments.removeValue(forKey: classNames)?.value
    var base = settings
    if case .betas = base.diffusion.schedule {
      base.diffusion.schedule = .linear(
        betaStart: scheduler?.betaStart, betaEnd: scheduler?.betaEnd)
    }
    // It takes the place of clipping, which a pipeline has by itself.
    if keys.contains("sampling.threshold"), !keys.contains("sampling.clip"),
      taken["sampling.clip"] == nil
    {
      base.sampling.clip = nil
    }
    // A pipeline's or a run's own way of counting timesteps does not go with a process that is asked for here and has none.
    if case .string(let kind)? = layer.assignments["diffusion.process"]?.value, kind != "vp",
      !keys.contains("sampling.spacing"), taken["sampling.spacing"] == nil,
      base.sampling.spacing == .leading
    {
      base.sampling.spacing = .linspace
    }
    var under = Layer()
    for (path, value) in SettingsCoding.values(of: base) {
      if isAssumed, path == "diffusion.prediction", keys.contains("diffusion.process") { continue }
      under.assignments[path] = Assignment(value: value, keyPlace: origin, place: origin)
    }
    var stack = SettingStack(origin: origin)
    stack.apply(under, into: &diagnostics)
    stack.apply(layer, into: &diagnostics)
    switch use {
    case .drawing: CrossChecks.checkSampling(stack, into: &diagnostics)
    case .predicting: CrossChecks.checkProcess(stack, into: &diagnostics)
    }
    try diagnostics.check()

    var result = settings
    let changed = try SettingsCoding.settings(from: stack.values)
    result.diffusion = changed.diffusion
    result.diffusion.schedule = try schedule(
      changed.diffusion, over: settings.diffusion, keys, scheduler)
    if case .list(let items)? = names {
      result.data.classNames = items.compactMap(\.word)
    }
    guard use == .drawing else { return (result, keys) }
    result.training.precision = changed.training.precision
    result.sampling = changed.sampling
    // Of pipelines; no key says them.
    result.sampling.stepsOffset = settings.sampling.stepsOffset
    result.sampling.clipRange = settings.sampling.clipRange
    result.sampling.setAlphaToOne = settings.sampling.setAlphaToOne
    return (result, keys)
  }

  /// What is not said of the schedule is as the pipeline has it: its kind, and what its β begin and end with.
  private static func schedule(
    _ changed: DiffusionSettings, over settings: DiffusionSettings, _ keys: Set<String>,
    _ scheduler: DiffusersScheduler?
  ) throws -> DiffusionSettings.Schedule {
    let section = "diffusion.schedule."
    if keys.contains(section + "kind") {
      guard let scheduler, case .linear(var start, var end) = changed.schedule else {
        return changed.schedule
      }
      if !keys.contains(section + "beta_start") { start = scheduler.betaStart }
      if !keys.contains(section + "beta_end") { end = scheduler.betaEnd }
      return .linear(betaStart: start, betaEnd: end)
    }
    guard case .betas = settings.schedule else { return changed.schedule }
    guard keys.contains("diffusion.steps") || keys.contains(where: { $0.hasPrefix(section) }),
      case .linear(let start, let end) = changed.schedule
    else { return settings.schedule }
    guard
      let schedule = scheduler?.schedule(steps: changed.steps, betaStart: start, betaEnd: end)
    else {
      throw DiffusionError(
        .badInput,
        "the network's schedule gives each of its \(settings.steps) β by itself, and they go with no other T, first or last β: "
          + "set diffusion.schedule.kind too")
    }
    return schedule
  }
}
