public import Diffusion

/// `key=value` for drawing from a network that is there: read and checked like those of an experiment file.
public enum DrawingOverrides {
  /// Keys that change nothing once a network is trained.
  private static func matters(_ path: String) -> Bool {
    path == "training.precision" || path.hasPrefix("diffusion.")
      || (path.hasPrefix("sampling.") && path != "sampling.every")
  }

  /// Lays overrides over settings.
  /// - Parameter taken: keys that the command line's options give already.
  /// - Returns: the settings, and the keys that were overridden.
  /// - Throws: `ExperimentFileError` with every error found.
  public static func apply(
    _ overrides: [String], to settings: RunSettings, taken: [String: String] = [:]
  ) throws -> (settings: RunSettings, keys: Set<String>) {
    var diagnostics = Diagnostics()
    guard let tree = Overrides.read(overrides, into: &diagnostics) else {
      try diagnostics.check()
      return (settings, [])
    }
    let origin = SourceText(override: "").start
    let layer = Layer(tree, source: origin.source, into: &diagnostics)
    for (path, assignment) in layer.assignments.sorted(by: { $0.key < $1.key }) {
      if let option = taken[path] {
        diagnostics.error(
          "\(quoted(path)) is given twice, as \(option) too", at: assignment.keyPlace,
          hint: "keep one of them")
      } else if !matters(path) {
        diagnostics.error(
          "\(quoted(path)) changes nothing about what a network draws", at: assignment.keyPlace,
          hint: "keys of diffusion and of sampling do, and training.precision")
      }
    }
    let others: [Place?] =
      [layer.sweep?.place, layer.report?.place] + layer.extends.map { $0.place }
    for place in others.compactMap({ $0 }) {
      diagnostics.error("this changes nothing about what a network draws", at: place)
    }

    var base = settings
    // No key says it; it holds until another schedule is named.
    if case .betas = base.diffusion.schedule {
      base.diffusion.schedule = .linear(betaStart: nil, betaEnd: nil)
    }
    var under = Layer()
    for (path, value) in SettingsCoding.values(of: base) {
      under.assignments[path] = Assignment(value: value, keyPlace: origin, place: origin)
    }
    var stack = SettingStack(origin: origin)
    stack.apply(under, into: &diagnostics)
    stack.apply(layer, into: &diagnostics)
    CrossChecks.checkSampling(stack, into: &diagnostics)
    try diagnostics.check()

    var result = settings
    let changed = try SettingsCoding.settings(from: stack.values)
    let namesSchedule = layer.assignments.keys.contains { $0.hasPrefix("diffusion.schedule.") }
    let schedule =
      namesSchedule ? changed.diffusion.schedule : settings.diffusion.schedule
    result.diffusion = changed.diffusion
    result.diffusion.schedule = schedule
    result.training.precision = changed.training.precision
    result.sampling = changed.sampling
    // Of pipelines; no key says them.
    result.sampling.stepsOffset = settings.sampling.stepsOffset
    result.sampling.clipRange = settings.sampling.clipRange
    result.sampling.setAlphaToOne = settings.sampling.setAlphaToOne
    return (result, Set(layer.assignments.keys))
  }
}
