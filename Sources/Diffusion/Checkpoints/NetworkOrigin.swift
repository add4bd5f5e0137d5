import Foundation

/// What a network's files say beside its weights, and what they leave open.
public struct NetworkOrigin: Sendable {
  /// Neither metadata nor a configuration came with the weights: what shapes do not tell is taken for granted.
  public var isInferred = false
  /// Whether the files say what size of images the network is for.
  public var saysSize = true
  /// Whether the files say what noise process the network was trained on.
  public var saysProcess = true
  /// Of the pipeline that the network is a part of.
  public var scheduler: DiffusersScheduler?
  /// Why nothing can be drawn from the network here, though it can predict.
  public var refusal: DiffusionError?
  /// What a person should hear.
  public var notes: [String] = []

  public init() {}
}

extension NetworkOrigin {
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
          "'\(index.name)': the pipeline has a part '\(name)' (\(component.className)), which is not done here: "
            + "what its network draws is no image yet")
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
