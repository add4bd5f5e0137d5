import Diffusion
import Foundation
import Store
import TestSupport
import Testing

/// A folder with a small experiment, its run store and its report, where a test drives the program.
final class Workplace: Sendable {
  let folder: TemporaryFolder
  var path: String { folder.path }
  var storeFolder: String { path + "/runs" }
  var reports: String { path + "/reports" }
  /// The experiment's file, `tiny.yaml`.
  let file: String

  /// Smallest settings that use every part; a run of it takes a fraction of a second.
  static let settings = """
    data: {source: shapes, size: 8, limit: 64}
    model: {levels: 2, base_channels: 8, time_embedding: {dim: 16}}
    conditioning: {kind: class, inject: time}
    diffusion: {steps: 100}
    sampling: {sampler: ddim, steps: 3, count: 4}
    evaluation: {images: 8, metrics: [loss, class-agreement, frechet-pca64]}

    """
  static let training =
    "training: {steps: 30, batch: 8, log_every: 5, checkpoint_every: 10, ema: 0.9}\n"

  /// - Parameter experiment: an experiment file's text, laid over `settings`.
  init(_ experiment: String = training) throws {
    folder = try TemporaryFolder()
    file = folder.path + "/tiny.yaml"
    try folder.write(Array(Self.settings.utf8), "base.yaml")
    try write(experiment)
  }

  /// Rewrites the experiment.
  func write(_ experiment: String) throws {
    try folder.write(Array(("extends: base.yaml\n" + experiment).utf8), "tiny.yaml")
  }

  /// Starts the program; `--store` and the like come from the environment.
  func start(
    _ arguments: [String], environment: [String: String] = [:], launcher: [String] = []
  ) throws -> WorkbenchProcess {
    // By default a clock decides how many runs there are at once.
    let isLeftToTime = arguments.first == "run" && !arguments.contains { $0.hasPrefix("-j") }
    return try WorkbenchProcess(
      arguments + (isLeftToTime ? ["-j", "1"] : []), folder: path,
      environment: ["WORKBENCH_STORE": storeFolder].merging(environment) { $1 }, launcher: launcher)
  }

  /// The same by a line of `sh` that starts it, as `"$@"`: `umask 002; exec "$@"`.
  func start(
    _ arguments: [String], environment: [String: String] = [:], shell: String
  ) throws -> WorkbenchProcess {
    try start(
      arguments, environment: environment, launcher: ["/bin/sh", "-c", shell, "sh"])
  }

  func startRun(_ arguments: String...) throws -> WorkbenchProcess {
    try start(["run", file, "-o", reports] + arguments)
  }

  /// Runs a verb to its end.
  func ending(of arguments: String...) throws -> WorkbenchProcess.Ending {
    try start(arguments).wait()
  }

  /// What a verb prints; an issue where it does not end with `code`.
  @discardableResult
  func workbench(
    _ arguments: String..., code: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let ending = try start(arguments).wait()
    #expect(
      ending.code == code, "\(arguments): \(ending.errors)", sourceLocation: sourceLocation)
    return ending.output
  }

  /// `run` of the experiment, to its end.
  @discardableResult
  func run(
    _ arguments: String..., code: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> WorkbenchProcess.Ending {
    let ending = try start(["run", file, "-o", reports] + arguments).wait()
    #expect(ending.code == code, "\(ending.errors)", sourceLocation: sourceLocation)
    return ending
  }

  func store() throws -> RunStore { try RunStore(folder: storeFolder) }

  /// The experiment's runs in the order of its plan.
  func runs() throws -> [RunSummary] { try store().runs(experiment: "tiny") }

  func contents(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Data {
    try #require(
      FileManager.default.contents(atPath: "\(path)/\(name)"), "no \(name)",
      sourceLocation: sourceLocation)
  }

  /// A JSON document that a verb prints.
  func json(
    _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Any {
    let ending = try start(arguments + ["--json"]).wait()
    #expect(ending.code == 0, "\(ending.errors)", sourceLocation: sourceLocation)
    return try JSONSerialization.jsonObject(
      with: Data(ending.output.utf8), options: .fragmentsAllowed)
  }
}

/// What a run brought that must be the same bits whenever it is done.
struct RunBits: Equatable {
  /// `train/…` and `eval/…`: each point's step and bit pattern.
  var points: [String: [Int: UInt64]] = [:]
  /// SHA-256 of networks and pictures by name and step.
  var artifacts: [String: String] = [:]

  init(_ run: RunSummary, in store: RunStore) throws {
    for name in run.metrics.keys
    where ["train/", "eval/", "rounding/"].contains(where: name.hasPrefix) {
      let history = try store.history(run: run.id, metric: name)
      points[name] = Dictionary(
        uniqueKeysWithValues: zip(history.steps, history.values.map(\.bitPattern)))
    }
    for artifact in try store.artifacts(run: run.id) {
      artifacts["\(artifact.name)@\(artifact.step ?? -1)"] = artifact.sha256
    }
  }
}

extension Workplace {
  /// Of each run, by its label.
  func bits() throws -> [String: RunBits] {
    let store = try store()
    return Dictionary(
      uniqueKeysWithValues: try runs().map { ($0.label ?? "", try RunBits($0, in: store)) })
  }
}
