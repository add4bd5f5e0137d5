import Foundation
import Kernels

/// The training state on disk: `state.safetensors` in a run's work folder.
///
/// Tensors under `weights/`, `ema/`, `average/WIDTH/`, `adam.m/`, `adam.v/`, of `timesteps: loss-aware` `loss_history/`,
/// of distillation `teacher/`;
/// counters, loss scale, a key that says what it belongs to, each tensor's SHA-256 and that of all these texts in the
/// metadata. Version 1 has no hash of the texts.
extension TrainingState {
  private static let formatKey = "workbench.format"
  private static let format = "state-2"
  private static let firstFormat = "state-1"
  private static let countersKey = "workbench.counters"
  private static let ownerKey = "workbench.run"
  private static let hashPrefix = "sha256:"
  private static let metadataHashKey = "workbench.metadata_sha256"

  private static let lossesName = "loss_history/losses"
  private static let lossCountsName = "loss_history/counts"

  private struct Counters: Codable {
    var step: Int
    var taken: Int
    var lossScale: LossScale
    var seconds: Double
    /// Of distillation alone.
    var takenBefore: Int?

    /// Every step is taken or skipped.
    func isPossible(steps: Int) -> Bool {
      (0...max(steps, 0)).contains(step) && (0...step).contains(taken)
        && (0...taken).contains(takenBefore ?? 0) && lossScale.skipped == step - taken
        && seconds.isFinite && seconds >= 0
    }
  }

  private var parts: [(prefix: String, buffer: AlignedBuffer)] {
    [("weights/", weights), ("adam.m/", m), ("adam.v/", v)] + (ema.map { [("ema/", $0)] } ?? [])
      + (teacher.map { [("teacher/", $0)] } ?? [])
      + averages.map { ("average/\(PowerAverage.name($0.profile.width))/", $0.values) }
  }

  /// Writes it whole or not at all.
  /// - Parameter owner: the run it is of; `load` wants the same.
  /// - Throws: `DiffusionError`: `cannotCreate`, `inputOutput`.
  public func save(to path: String, owner: String) throws(DiffusionError) {
    var writer = SafetensorsWriter()
    for (prefix, buffer) in parts {
      NetworkFile.add(buffer, layout: layout, prefix: prefix, to: &writer)
    }
    if let lossHistory {
      let steps = lossHistory.counts.count
      writer.add(Self.lossesName, shape: [steps, LossHistory.depth], lossHistory.losses)
      writer.add(Self.lossCountsName, shape: [steps], lossHistory.counts)
    }
    var metadata = [
      Self.formatKey: Self.format, Self.ownerKey: owner,
      Self.countersKey: NetworkFile.json(
        Counters(
          step: step, taken: taken, lossScale: lossScale, seconds: seconds,
          takenBefore: teacher == nil ? nil : takenBefore)),
    ]
    for (name, hash) in writer.hashes { metadata[Self.hashPrefix + name] = hash }
    metadata[Self.metadataHashKey] = Self.hash(of: metadata)
    writer.metadata = metadata
    try writer.write(to: path)
  }

  /// SHA-256 of all the metadata but this hash itself: lines `KEY=VALUE`, sorted.
  private static func hash(of metadata: [String: String]) -> String {
    let lines = metadata.filter { $0.key != metadataHashKey }
      .map { "\($0.key)=\($0.value)\n" }.sorted()
    return SHA256.hexadecimal(of: Array(lines.joined().utf8))
  }

  /// Takes over what `save` wrote, or nothing at all.
  /// - Parameter steps: the most that can have been done.
  /// - Throws: `DiffusionError`: `notFound`, `badInput` where the file is damaged or another run's.
  public func load(from path: String, owner: String, steps: Int) throws(DiffusionError) {
    let file = try Safetensors(contentsOf: path)
    let format = file.metadata[Self.formatKey]
    guard format == Self.format || format == Self.firstFormat,
      file.metadata[Self.ownerKey] == owner, let json = file.metadata[Self.countersKey]
    else { throw DiffusionError(.badInput, "'\(path)' is not this run's training state") }
    let hash = file.metadata[Self.metadataHashKey]
    let isOld = format == Self.firstFormat && hash == nil
    guard isOld || hash == Self.hash(of: file.metadata),
      let counters = try? JSONDecoder().decode(Counters.self, from: Data(json.utf8))
    else { throw DiffusionError(.badInput, "the counters of '\(path)' are damaged") }
    guard counters.isPossible(steps: steps), counters.lossScale.isPossible(like: lossScale) else {
      throw DiffusionError(.badInput, "the counters of '\(path)' are impossible: \(json)")
    }
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
    var history: LossHistory?
    if let lossHistory {
      let counts = try file.integers(Self.lossCountsName)
      history = LossHistory(
        losses: try file.floats(Self.lossesName), counts: counts,
        steps: lossHistory.counts.count)
      guard history != nil else {
        throw DiffusionError(.badInput, "the losses by timestep of '\(path)' are damaged")
      }
    }
    // All of it is looked at before anything is taken.
    for (prefix, _) in parts { try NetworkFile.check(file, prefix: prefix, layout: layout) }
    for (prefix, buffer) in parts {
      try NetworkFile.load(file, prefix: prefix, layout: layout, into: buffer)
    }
    if history != nil { lossHistory = history }
    step = counters.step
    taken = counters.taken
    takenBefore = counters.takenBefore ?? 0
    lossScale = counters.lossScale
    seconds = counters.seconds
  }
}
