import Files
import Foundation

/// A model's folder as diffusers keeps it: `config.json` and `diffusion_pytorch_model.safetensors`, or the folder of a
/// pipeline, which has the model's in `unet/`.
enum DiffusersFolder {
  static let configName = "config.json"
  static let weightsName = "diffusion_pytorch_model.safetensors"
  static let unetName = "unet"

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// The folder that holds the model which `path` names: a folder, or the weights in it with `config.json` beside them;
  /// nil for any other file.
  /// - Throws: `DiffusionError`: `badInput` where a folder has no model, `notFound` where its weights are missing.
  static func model(at path: String) throws(DiffusionError) -> String? {
    if isFolder(path) { return try model(in: path) }
    let folder = Paths.folder(of: path)
    guard Paths.name(of: path) == weightsName,
      FileManager.default.fileExists(atPath: path),
      FileManager.default.fileExists(
        atPath: Paths.path(configName, in: folder))
    else { return nil }
    return folder.isEmpty ? "." : folder
  }

  private static func model(in folder: String) throws(DiffusionError) -> String {
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }
    guard has(configName) else {
      let inner = "\(folder)/\(unetName)"
      if FileManager.default.fileExists(atPath: "\(inner)/\(configName)") {
        return try model(in: inner)
      }
      throw DiffusionError(
        .badInput,
        "'\(folder)' is a folder, not a safetensors file, and no diffusers model either: it has no "
          + "'\(configName)' or '\(unetName)/\(configName)'"
      )
    }
    guard has(weightsName) else {
      let other = ["diffusion_pytorch_model.bin", "\(weightsName).index.json"].first(where: has)
      throw DiffusionError(
        .notFound,
        "'\(folder)' has no '\(weightsName)'"
          + (other.map {
            ", and '\($0)' is not read here; save it with save_pretrained(folder), in one file"
          } ?? ""))
    }
    return folder
  }

  /// The network that a `config.json` describes.
  /// - Throws: `DiffusionError`.
  static func config(_ path: String) throws(DiffusionError) -> DiffusersConfig {
    guard let json = FileManager.default.contents(atPath: path) else {
      throw DiffusionError(.inputOutput, "cannot read '\(path)'")
    }
    return try DiffusersConfig(json: json, name: path)
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
    guard !FileManager.default.fileExists(atPath: path) else {
      throw DiffusionError(
        .cannotCreate, "cannot create '\(path)': there is something of that name")
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
