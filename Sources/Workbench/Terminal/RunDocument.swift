import Store
import Values

/// A run in JSON, as `runs --json` promises it to other programs.
struct RunDocument: Encodable {
  struct Metric: Encodable {
    var last: Double
    var lastStep: Int
    var min: Double
    var max: Double
  }

  var id: String
  var experiment: String?
  var label: String?
  var state: RunState
  var created: String
  var ended: String?
  var seconds: Double?
  var seed: Int
  var step: Int
  var error: String?
  var orphan: Bool
  var tags: [String]
  var notes: [String]
  /// When, if it was.
  var pinned: String?
  var deleted: String?
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

  private enum CodingKeys: CodingKey {
    case id, experiment, label, state, created, ended, seconds, seed, step, error, orphan
    case tags, notes, pinned, deleted
    case metrics, parameters
  }

  /// Every key is always there; what a run does not have is null.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(experiment, forKey: .experiment)
    try container.encode(label, forKey: .label)
    try container.encode(state, forKey: .state)
    try container.encode(created, forKey: .created)
    try container.encode(ended, forKey: .ended)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(seed, forKey: .seed)
    try container.encode(step, forKey: .step)
    try container.encode(error, forKey: .error)
    try container.encode(orphan, forKey: .orphan)
    try container.encode(tags, forKey: .tags)
    try container.encode(notes, forKey: .notes)
    try container.encode(pinned, forKey: .pinned)
    try container.encode(deleted, forKey: .deleted)
    try container.encode(metrics, forKey: .metrics)
    try container.encode(parameters, forKey: .parameters)
  }
}
