import Store
import Values

/// Messages of TensorBoard's HParams plugin (`tensorboard/plugins/hparams`: api.proto,
/// plugin_data.proto): what the experiment varies, and each run's values.
enum HyperparameterMessages {
  static let experimentTag = "_hparams_/experiment"
  static let beginTag = "_hparams_/session_start_info"
  static let endTag = "_hparams_/session_end_info"

  /// - Parameter metrics: what came out, the objective first.
  static func experiment(
    name: String, description: String, created: Double, columns: HyperparameterColumns,
    metrics: [String]
  ) -> ProtobufMessage {
    var experiment = ProtobufMessage()
    experiment.text(1, description)
    experiment.double(3, created)
    for column in columns.all { experiment.message(4, parameter(column)) }
    for metric in metrics {
      var name = ProtobufMessage()
      name.text(2, metric)
      var info = ProtobufMessage()
      info.message(1, name)
      info.text(3, metric)
      experiment.message(5, info)
    }
    experiment.text(6, name)
    return data(2, experiment)
  }

  /// `HParamInfo`.
  private static func parameter(_ column: HyperparameterColumns.Column) -> ProtobufMessage {
    var info = ProtobufMessage()
    info.text(1, column.path)
    info.integer(4, column.type.rawValue)
    var domain = ProtobufMessage()
    switch column.domain {
    case .values(let values):
      for value in values { domain.message(1, value) }
      info.message(5, domain)
    case .interval(let least, let most):
      domain.double(1, least)
      domain.double(2, most)
      info.message(6, domain)
    }
    return info
  }

  /// `SessionStartInfo`. A run is a group of its own: seeds are told apart by their parameter.
  static func begin(
    _ run: RunSummary, _ columns: HyperparameterColumns, started: Double
  ) -> ProtobufMessage {
    var info = ProtobufMessage()
    for column in columns.all {
      guard let value = run.parameters[column.path].flatMap(column.type.value) else { continue }
      var entry = ProtobufMessage()
      entry.text(1, column.path)
      entry.message(2, value)
      info.message(1, entry)
    }
    info.double(5, started)
    return data(3, info)
  }

  static func end(_ run: RunSummary, ended: Double) -> ProtobufMessage {
    var info = ProtobufMessage()
    switch run.state {
    case .finished, .pruned: info.integer(1, 1)  // STATUS_SUCCESS
    case .failed, .crashed: info.integer(1, 2)  // STATUS_FAILURE
    case .running: info.integer(1, 3)  // STATUS_RUNNING
    case .queued, .interrupted: break  // STATUS_UNKNOWN
    }
    info.double(2, ended)
    return data(4, info)
  }

  /// `HParamsPluginData`, version 0.
  private static func data(_ field: Int, _ content: ProtobufMessage) -> ProtobufMessage {
    var data = ProtobufMessage()
    data.message(field, content)
    return data
  }
}
