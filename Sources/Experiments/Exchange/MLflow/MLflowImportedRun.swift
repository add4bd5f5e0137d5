import Store
import Values

/// What MLflow's folders and databases have of a run alike.
struct MLflowImportedRun {
  /// 32 hexadecimal digits, the same in both.
  var id: String
  var experiment: String
  var name: String?
  /// `RunStatus` of service.proto, by name.
  var status: String
  /// Milliseconds since 1970.
  var began: Double?
  var ended: Double?
  var user: String?
  var parameters: [String: String] = [:]
  var tags: [String: String] = [:]

  /// Numbers of `RunStatus`, which folders have.
  static let statuses = [1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"]

  func run(_ points: PointGathering, _ notices: inout ImportNotices) -> ForeignRun {
    let name =
      name.flatMap { $0.isEmpty ? nil : $0 } ?? tags["mlflow.runName"] ?? String(id.prefix(8))
    var run = ForeignRun(.mlflow, id: id, experiment: experiment, label: name)
    switch status {
    case "FINISHED": break
    case "FAILED": (run.state, run.error) = (.failed, "MLflow has it as FAILED")
    case "KILLED": (run.state, run.error) = (.interrupted, "MLflow has it as KILLED")
    case "SCHEDULED": run.state = .queued
    default: run.state = .running
    }
    run.began = began.flatMap { $0 > 0 ? $0 / 1000 : nil }
    run.ended = ended.flatMap { $0 > 0 ? $0 / 1000 : nil }
    run.settings = parameters.mapValues { ParameterValue(written: $0) }
    run.series = points.points(&notices)
    if let note = tags["mlflow.note.content"], !note.isEmpty { run.notes = [note] }
    run.tags = tags.filter { !$0.key.hasPrefix("mlflow.") }
      .map { $0.value.isEmpty ? $0.key : "\($0.key)=\($0.value)" }.sorted()
    run.environment = [
      "git.commit": tags["mlflow.source.git.commit"], "mlflow.source": tags["mlflow.source.name"],
      "mlflow.user": tags["mlflow.user"] ?? user,
    ].compactMapValues { $0.flatMap { $0.isEmpty ? nil : $0 } }
    return run
  }
}

/// A metric's values on their way, in MLflow's order of logging: by time, then by value, as it chooses the latest.
struct MLflowPoints {
  struct Point {
    var step: Int
    var value: Double
    /// Milliseconds since 1970.
    var time: Double
  }

  static func add(
    _ list: [Point], of metric: String, to points: inout PointGathering,
    _ clock: inout [Int: Double]
  ) {
    let isSorted = zip(list, list.dropFirst()).allSatisfy { $0.time < $1.time }
    let place = points.place(metric)
    // A NaN is kept as 0 beside its flag, and so compared.
    func rank(_ point: Point) -> (Double, Double) {
      (point.time, point.value.isNaN ? 0 : point.value)
    }
    for point in isSorted ? list : list.sorted(by: { rank($0) < rank($1) }) {
      points.add(point.value, at: point.step, to: place)
      if point.time > 0 { clock[point.step] = max(clock[point.step] ?? 0, point.time / 1000) }
    }
  }

  /// The time of each step, where no metric of the run's own has that name.
  static func add(_ clock: [Int: Double], to points: inout PointGathering) {
    if points.has(RunClock.metric) { return }
    for (step, time) in clock.sorted(by: { $0.key < $1.key }) { points.tick(time, at: step) }
  }
}
