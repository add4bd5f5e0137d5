import Store
import Values

/// A run in JSON, as `runs --json` promises it to other programs: every key is always there.
struct RunDocument: Encodable {
  struct Metric: Encodable {
    var last: Double
    var lastStep: Int
    var min: Double
    var max: Double
  }

  var id: String
  @OrNull var experiment: String?
  @OrNull var label: String?
  var state: RunState
  var created: String
  @OrNull var ended: String?
  @OrNull var seconds: Double?
  var seed: Int
  var step: Int
  @OrNull var error: String?
  var orphan: Bool
  var tags: [String]
  var notes: [String]
  /// When, if it was.
  @OrNull var pinned: String?
  @OrNull var deleted: String?
  var metrics: [String: Metric]
  var parameters: [String: ParameterValue]

  init(_ run: RunSummary) {
    id = run.id
    experiment = run.experiment
    label = run.label
    state = run.state
    created = run.created
    ended = run.ended
    seconds = run.seconds
    seed = run.seed
    step = run.step
    error = run.error
    orphan = run.isOrphan
    tags = run.tags
    notes = run.notes
    pinned = run.pinned
    deleted = run.deleted
    metrics = run.metrics.mapValues {
      Metric(last: $0.last, lastStep: $0.lastStep, min: $0.min, max: $0.max)
    }
    parameters = run.parameters
  }
}
