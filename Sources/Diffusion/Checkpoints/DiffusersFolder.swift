import Files
import Foundation

/// Folders of diffusers: a model's, with `config.json` and `diffusion_pytorch_model.safetensors` (one file, or shards and
/// their index), or a pipeline's, which has the model's in `unet/` and its noise process in `scheduler/`.
enum DiffusersFolder {
  static let configName = "config.json"
  static let stem = "diffusion_pytorch_model"
  static let weightsName = "\(stem).safetensors"
  static let indexName = "\(weightsName).index.json"
  static let pipelineName = "model_index.json"
  static let schedulerName = "scheduler/scheduler_config.json"
  static let unetName = "unet"
  /// The moving average beside it, as diffusers' training scripts keep it in their checkpoints.
  static let averageName = "unet_ema"

  /// Where a model lies.
  struct Model {
    /// Its weights: one file, or the index of shards.
    var weights: String
    /// Its `config.json`; nil: nothing is said of the network.
    var config: String?
    /// The pipeline's folder; nil: it is no part of one.
    var pipeline: String?
    /// What a person should hear of the choice.
    var note: String?
  }

  /// The model that `path` names: a folder; or weights, of whatever variant, with `config.json` beside them; or the
  /// index of shards; nil for any other file.
  /// - Parameter raw: of a folder with an average beside the weights: the weights.
  /// - Throws: `DiffusionError`: `badInput` where a folder has no model or a file is one shard of several, `notFound`
  ///   where the weights are missing.
  static func model(at path: String, raw: Bool = false) throws(DiffusionError) -> Model? {
    if isFolder(path) { return try model(in: path, raw: raw) }
    let file = Paths.name(of: path)
    let folder = Paths.folder(of: path)
    let config = Paths.path(configName, in: folder)
    let hasConfig = FileManager.default.fileExists(atPath: config)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    if SafetensorsIndex.isName(file) {
      return Model(
        weights: path, config: hasConfig ? config : nil, pipeline: pipeline(of: folder))
    }
    guard file.hasSuffix(".safetensors") else { return nil }
    if let count = SafetensorsIndex.shards(file), count > 1 {
      throw DiffusionError(
        .badInput,
        "'\(path)' is one of \(count) shards of a model: name its folder, or the index beside it "
          + "('\(indexName)')")
    }
    // Of other names only what the configuration itself claims to be a model's.
    guard hasConfig, file.hasPrefix(stem) || isOfModel(config) else { return nil }
    return Model(weights: path, config: config, pipeline: pipeline(of: folder))
  }

  private static func model(in folder: String, raw: Bool) throws(DiffusionError) -> Model {
    guard has(configName, in: folder) else {
      let parts = [averageName, unetName].filter { has("\($0)/\(configName)", in: folder) }
      let wanted = raw ? unetName : parts.first
      guard let wanted else {
        throw DiffusionError(
          .badInput,
          "'\(folder)' is a folder, not a safetensors file, and no diffusers model either: it has no "
            + "'\(configName)' or '\(unetName)/\(configName)'")
      }
      guard parts.contains(wanted) else {
        throw DiffusionError(.notFound, "'\(folder)' has no '\(wanted)', only '\(averageName)'")
      }
      var model = try model(in: "\(folder)/\(wanted)", raw: raw)
      if parts.count > 1 {
        model.note =
          "'\(folder)' has '\(unetName)' and its moving average, '\(averageName)': this is '\(wanted)'"
      }
      return model
    }
    // With both, diffusers takes the shards.
    guard let weights = [indexName, weightsName].first(where: { has($0, in: folder) }) else {
      throw missing(in: folder)
    }
    return Model(
      weights: "\(folder)/\(weights)", config: "\(folder)/\(configName)",
      pipeline: pipeline(of: folder))
  }

  /// What there is in place of the weights.
  private static func missing(in folder: String) -> DiffusionError {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    let variants = names.filter {
      $0.hasPrefix(stem) && ($0.hasSuffix(".safetensors") || SafetensorsIndex.isName($0))
        && SafetensorsIndex.shards($0) == nil
    }
    if !variants.isEmpty {
      return DiffusionError(
        .notFound,
        "'\(folder)' has no '\(weightsName)', only the variant\(variants.count > 1 ? "s" : "") "
          + variants.map { "'\($0)'" }.joined(separator: ", ") + "; name the file, for instance "
          + "'\(folder)/\(variants[0])'")
    }
    if let pickle = names.first(where: { $0.hasPrefix(stem) && $0.contains(".bin") }) {
      return DiffusionError(
        .badInput,
        "'\(folder)' has no '\(weightsName)', and '\(pickle)' is a PyTorch pickle, which is not read here, "
          + "since reading one runs what is in it. Where its source can be trusted, this puts a "
          + "safetensors file beside it:\n" + PyTorchPickle.conversion(ofFolder: folder))
    }
    return DiffusionError(.notFound, "'\(folder)' has no '\(weightsName)'")
  }

  private static func has(_ name: String, in folder: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(name)")
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private static func isOfModel(_ config: String) -> Bool {
    guard let options = try? options(of: config) else { return false }
    return options.text("_class_name") == DiffusersConfig.modelClass
  }

  /// The pipeline that a folder called `unet…` is a part of.
  private static func pipeline(of folder: String) -> String? {
    let whole = URL(fileURLWithPath: folder.isEmpty ? "." : folder).standardizedFileURL
    guard whole.lastPathComponent.hasPrefix(unetName) else { return nil }
    let parent = whole.deletingLastPathComponent().path
    return has(pipelineName, in: parent) || has(schedulerName, in: parent) ? parent : nil
  }

  /// - Throws: `DiffusionError`.
  static func options(of path: String) throws(DiffusionError) -> DiffusersOptions {
    guard let json = FileManager.default.contents(atPath: path) else {
      throw DiffusionError(.inputOutput, "cannot read '\(path)'")
    }
    return try DiffusersOptions(json: json, name: path)
  }

  /// The network that a `config.json` describes.
  /// - Throws: `DiffusionError`.
  static func config(_ path: String) throws(DiffusionError) -> DiffusersConfig {
    try DiffusersConfig(options(of: path))
  }

  /// The tensors under the names that diffusers gives them now, where attention has those that it had at first.
  static func currentNames(_ file: Safetensors) throws(DiffusionError) -> Safetensors {
    let current = ["query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"]
    return try file.renamed { name, shape in
      // …attentions.0.query.weight
      var parts = name.split(separator: ".").map(String.init)
      let place = parts.count - 2
      guard place >= 2, parts[place - 2] == "attentions", let part = current[parts[place]] else {
        return (name, shape)
      }
      parts[place] = part
      // As 1×1 convolutions have them.
      let isMatrix = shape.count == 4 && shape[2] == 1 && shape[3] == 1
      return (parts.joined(separator: "."), isMatrix ? Array(shape.prefix(2)) : shape)
    }
  }

  /// Writes a folder that `UNet2DModel.from_pretrained` takes, whole or not at all.
  /// - Throws: `DiffusionError`: `badInput` where diffusers has no such network, `cannotCreate` where there is something
  ///   at `path`, `inputOutput`.
  static func write(_ network: NetworkFile, to path: String) throws(DiffusionError) {
    guard let settings = network.description.model.residual,
      network.description.model.architecture == .unet
    else {
      throw DiffusionError(
        .badInput,
        "diffusers has no network like '\(network.description.model.architecture.rawValue)', "
          + "only like 'unet'; export it as safetensors")
    }
    guard network.description.conditioning.kind != .vector else {
      throw DiffusionError(
        .badInput,
        "diffusers' \(DiffusersConfig.modelClass) takes no vectors as condition; export it as safetensors"
      )
    }
    guard !network.description.conditioning.augmentation else {
      throw DiffusionError(
        .badInput,
        "diffusers' \(DiffusersConfig.modelClass) is not told what was done to an image (conditioning.augmentation); "
          + "export it as safetensors")
    }
    guard !FileManager.default.fileExists(atPath: path) else {
      throw DiffusionError(
        .cannotCreate, "cannot create '\(path)': it already exists")
    }
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    do {
      try WholeFolder.make(at: path) { folder in
        let config = DiffusersConfig(network.description, settings: settings)
        try AtomicFile.write(config.json, to: "\(folder)/\(configName)")
        try AtomicFile.write(network.bytes(), to: "\(folder)/\(weightsName)")
      }
    } catch let error as FileFailure {
      throw DiffusionError(error)
    } catch {
      throw error as? DiffusionError
        ?? DiffusionError(.inputOutput, "cannot write '\(path)': \(error)")
    }
  }
}
