import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// What a checkpoint says of itself is believed only where its hash is right and it can be true.
@Suite struct TrainingStateFileTests {
  private static let network = SmallUNet(
    ModelSettings(levels: 1, baseChannels: 8, timeEmbeddingDim: 4), conditioning: .init(),
    channels: 1, classes: 0, timeSpan: 10)
  private static let settings = TrainingSettings(steps: 40, precision: .fp16, ema: 0.9)

  private func state() -> TrainingState {
    TrainingState(
      layout: Self.network.layout, values: Self.network.layout.initialValues(seed: 1),
      settings: Self.settings)
  }

  /// A checkpoint at step 20 of 40, one of them skipped.
  private func write(_ folder: TemporaryFolder) throws -> String {
    let state = state()
    state.step = 20
    state.taken = 19
    state.seconds = 1.5
    state.lossScale.update(finite: false)
    for _ in 0..<19 { state.lossScale.update(finite: true) }
    let path = folder.path + "/state.safetensors"
    try state.save(to: path, owner: "run")
    return path
  }

  private func problem(_ path: String, steps: Int = 40) -> String? {
    let state = state()
    let before = state.weights.array()
    do throws(DiffusionError) {
      try state.load(from: path, owner: "run", steps: steps)
      return nil
    } catch {
      #expect(error.kind == .badInput)
      #expect(state.step == 0 && state.weights.array() == before, "nothing is taken")
      return error.description
    }
  }

  @Test func whatWasSavedComesBack() throws {
    let folder = try TemporaryFolder()
    let path = try write(folder)
    let state = state()
    try state.load(from: path, owner: "run", steps: 40)
    #expect(state.step == 20 && state.taken == 19 && state.seconds == 1.5)
    #expect(state.lossScale.value == 32768 && state.lossScale.cleanSteps == 19)
    #expect(state.lossScale.skipped == 1)
  }

  /// One bit of any byte of the header flipped: noticed, or the file is no safetensors file.
  @Test func everyFlippedBitOfTheHeaderIsNoticed() throws {
    let folder = try TemporaryFolder()
    let path = try write(folder)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    let length = bytes[..<8].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    // Blanks behind the header's end say nothing.
    let text = bytes[8..<8 + length].lastIndex(of: UInt8(ascii: "}"))!
    for place in 8...text {
      var damaged = bytes
      damaged[place] ^= 1 << UInt8(place % 7)
      try Data(damaged).write(to: URL(filePath: path))
      #expect(problem(path) != nil, "byte \(place)")
    }
  }

  /// The header written anew with other counters, by whoever knows the hash.
  private func rewrite(
    _ path: String, _ counters: [String: String], format: String = "state-1"
  ) throws {
    let file = try Safetensors(contentsOf: path)
    var json = try #require(file.metadata["workbench.counters"])
    for (key, value) in counters {
      let pattern = try Regex("\"\(key)\":[^,}]+")
      #expect(json.contains(pattern))
      json.replace(pattern, with: "\"\(key)\":\(value)")
    }
    var writer = SafetensorsWriter(metadata: file.metadata)
    writer.metadata["workbench.counters"] = json
    writer.metadata["workbench.format"] = format
    if format == "state-1" { writer.metadata["workbench.metadata_sha256"] = nil }
    for (name, entry) in file.entries {
      writer.add(name, shape: entry.shape, try file.floats(name))
    }
    try writer.write(to: path)
  }

  /// As written before the counters had a hash.
  @Test func theFirstVersionIsStillRead() throws {
    let folder = try TemporaryFolder()
    let path = try write(folder)
    try rewrite(path, [:])
    #expect(problem(path) == nil)
    #expect(problem(path, steps: 19)?.contains("impossible") == true, "of a longer run")
  }

  @Test func theHashCannotBeLeftOut() throws {
    let folder = try TemporaryFolder()
    let path = try write(folder)
    try rewrite(path, ["step": "20"], format: "state-2")
    #expect(problem(path) == nil, "the same counters have the same hash")
    try rewrite(path, ["step": "21", "taken": "20"], format: "state-2")
    #expect(problem(path)?.contains("damaged") == true)
  }

  @Test(arguments: [
    ["step": "-1"], ["step": "41"], ["step": "1000000"], ["step": "9223372036854775807"],
    ["taken": "-1"], ["taken": "20"], ["taken": "9223372036854775807"],
    ["cleanSteps": "-1"], ["cleanSteps": "2000"], ["cleanSteps": "9223372036854775807"],
    ["skipped": "-9223372036854775808"], ["skipped": "2"],
    ["value": "0"], ["value": "-65536"], ["value": "0.5"], ["value": "1e300"],
    ["isDynamic": "false"], ["seconds": "-1"], ["seconds": "1e999"],
    ["step": "1e99"], ["step": "null"],
  ])
  func countersThatCannotBeAreRefused(counters: [String: String]) throws {
    let folder = try TemporaryFolder()
    let path = try write(folder)
    try rewrite(path, counters)
    #expect(problem(path) != nil)
  }
}
