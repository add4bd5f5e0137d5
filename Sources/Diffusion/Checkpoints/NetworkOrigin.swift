import Foundation

/// What a network's files say beside its weights, and what they leave open.
package struct NetworkOrigin: Sendable {
  /// Neither metadata nor a configuration came with the weights: what shapes do not tell is assumed.
  package var isInferred = false
  /// Whether the files say what size of images the network is for.
  package var saysSize = true
  /// Whether the files say what noise process the network was trained on.
  package var saysProcess = true
  /// Whether the files say that the last row of the class embedding is the null class, as it is of every network trained
  /// here; else it is a class like the others.
  package var saysNullClass = true
  /// Of the pipeline that the network is a part of.
  package var scheduler: DiffusersScheduler?
  /// Why nothing can be drawn from the network here, though it can predict.
  package var refusal: DiffusionError?
  /// What a person should hear.
  package var notes: [String] = []

  package init() {}
}

extension NetworkOrigin {
  /// Notes what is assumed about a network whose tensors are all that is known.
  /// - Parameter isGiven: whether somebody says what the tensors do not.
  /// - Throws: `DiffusionError(.badInput)` where that cannot be the network's.
  mutating func note(
    _ settings: ResidualUNetSettings?, of name: String, given isGiven: Bool
  ) throws(DiffusionError) {
    guard let settings else { return }
    if let problem = settings.problems.first {
      throw DiffusionError(
        .badInput,
        "'\(name)' does not say what options its network has, and "
          + (isGiven ? "the run's own" : "the assumed ones")
          + " do not fit its tensors: \(problem.message)"
          + (isGiven ? "" : "; put the network's '\(DiffusersFolder.configName)' beside the file"))
    }
    guard !isGiven else { return }
    let untold = settings.untold
    notes.append(
      "'\(name)' does not say what options its network has: "
        + "\(untold.dropLast().joined(separator: ", ")) and \(untold[untold.count - 1]) are assumed; "
        + "the network's '\(DiffusersFolder.configName)' beside the file would tell")
  }

  /// Reads what a pipeline says of its network's noise process.
  /// - Returns: the process; nil where nothing is said of it.
  /// - Throws: `DiffusionError` where a file cannot be read or is damaged; what is not done here is left in `refusal`.
  mutating func read(pipeline folder: String) throws(DiffusionError) -> DiffusionSettings? {
    var className: String?
    if let index = try Self.options("\(folder)/\(DiffusersFolder.pipelineName)") {
      className = Self.component(index.values["scheduler"])?.className
      for (name, value) in index.values.sorted(by: { $0.key < $1.key })
      where !name.hasPrefix("_") && name != "unet" && name != "scheduler" {
        guard let component = Self.component(value) else { continue }
        refusal = DiffusionError(
          .badInput,
          "'\(index.name)': the pipeline has a part '\(name)' (\(component.className)), which is not supported: "
            + "what its network draws is not yet an image")
      }
    }
    let path = "\(folder)/\(DiffusersFolder.schedulerName)"
    guard let options = try Self.options(path) else { return nil }
    do {
      let scheduler = try DiffusersScheduler(options, className: className)
      self.scheduler = scheduler
      return scheduler.diffusion
    } catch {
      refusal = error
      guard let steps = try? DiffusersScheduler.timesteps(options) else { return nil }
      return DiffusionSettings(steps: steps)
    }
  }

  /// nil where there is no such file.
  private static func options(_ path: String) throws(DiffusionError) -> DiffusersOptions? {
    FileManager.default.fileExists(atPath: path) ? try DiffusersFolder.options(of: path) : nil
  }

  /// `["diffusers", "DDPMScheduler"]`; nil for `[null, null]` and whatever is no component.
  private static func component(_ value: ConfigValue?) -> (library: String, className: String)? {
    guard case .list(let parts)? = value, parts.count == 2, case .text(let library) = parts[0],
      case .text(let name) = parts[1]
    else { return nil }
    return (library, name)
  }
}
