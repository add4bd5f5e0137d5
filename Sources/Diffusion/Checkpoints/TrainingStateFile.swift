import Foundation
import Kernels

/// The training state on disk: `state.safetensors` in a run's work folder.
///
/// Tensors under `weights/`, `ema/`, `adam.m/`, `adam.v/`; counters, loss scale, a key that says what it belongs to,
/// and each tensor's SHA-256 in the metadata.
extension TrainingState {
  private static let formatKey = "workbench.format"
  private static let format = "state-1"
  private static let countersKey = "workbench.counters"
  private static let ownerKey = "workbench.run"
  private static let hashPrefix = "sha256:"

  private struct Counters: Codable {
    var step: Int
    var taken: Int
    var lossScale: LossScale
  }

  private var parts: [(prefix: String, buffer: AlignedBuffer)] {
    [("weights/", weights), ("adam.m/", m), ("adam.v/", v)] + (ema.map { [("ema/", $0)] } ?? [])
  }

  /// Writes it whole or not at all.
  /// - Parameter owner: the run it is of; `load` wants the same.
  /// - Throws: `DiffusionError`: `cannotCreate`, `inputOutput`.
  public func save(to path: String, owner: String) throws(DiffusionError) {
    var writer = SafetensorsWriter()
    for (prefix, buffer) in parts {
      NetworkFile.add(buffer, layout: layout, prefix: prefix, to: &writer)
    }
    var metadata = [
      Self.formatKey: Self.format, Self.ownerKey: owner,
      Self.countersKey: NetworkFile.json(
        Counters(step: step, taken: taken, lossScale: lossScale)),
    ]
    for (name, hash) in writer.hashes { metadata[Self.hashPrefix + name] = hash }
    writer.metadata = metadata
    try writer.write(to: path)
  }

  /// Takes over what `save` wrote.
  /// - Throws: `DiffusionError`: `notFound`, `badInput` where the file is damaged or another run's.
  public func load(from path: String, owner: String) throws(DiffusionError) {
    let file = try Safetensors(contentsOf: path)
    guard file.metadata[Self.formatKey] == Self.format, file.metadata[Self.ownerKey] == owner,
      let json = file.metadata[Self.countersKey],
      let counters = try? JSONDecoder().decode(Counters.self, from: Data(json.utf8))
    else { throw DiffusionError(.badInput, "'\(path)' is not this run's training state") }
    for (name, entry) in file.entries {
      let hash = file.withBytes(entry) { bytes in
        var hash = SHA256()
        hash.update(bytes)
        return hash.hexadecimal()
      }
      guard file.metadata[Self.hashPrefix + name] == hash else {
        throw DiffusionError(.badInput, "tensor '\(name)' of '\(path)' is damaged")
      }
    }
    for (prefix, buffer) in parts {
      try NetworkFile.load(file, prefix: prefix, layout: layout, into: buffer)
    }
    step = counters.step
    taken = counters.taken
    lossScale = counters.lossScale
  }
}
