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
    let parameters = columns.all.map { ProtobufMessage.message(4, parameter($0)) }
    let measures = metrics.map {
      ProtobufMessage.message(5, [.message(1, .text(2, $0)), .text(3, $0)])
    }
    return data(
      2,
      [
        .text(1, description), .double(3, created), ProtobufMessage(parameters + measures),
        .text(6, name),
      ])
  }

  /// `HParamInfo`.
  private static func parameter(_ column: HyperparameterColumns.Column) -> ProtobufMessage {
    let domain: ProtobufMessage =
      switch column.domain {
      case .values(let values): .message(5, ProtobufMessage(values.map { .message(1, $0) }))
      case .interval(let least, let most): .message(6, [.double(1, least), .double(2, most)])
      }
    return [.text(1, column.path), .integer(4, column.type.rawValue), domain]
  }

  /// `SessionStartInfo`. A run is a group of its own: seeds are told apart by their parameter.
  static func begin(
    _ run: RunSummary, _ columns: HyperparameterColumns, started: Double
  ) -> ProtobufMessage {
    let values = columns.all.compactMap { column in
      run.parameters[column.path].flatMap(column.type.value).map {
        ProtobufMessage.message(1, [.text(1, column.path), .message(2, $0)])
      }
    }
    return data(3, [ProtobufMessage(values), .double(5, started)])
  }

  static func end(_ run: RunSummary, ended: Double) -> ProtobufMessage {
    let status: ProtobufMessage =
      switch run.state {
      case .finished, .pruned: .integer(1, 1)  // STATUS_SUCCESS
      case .failed, .crashed: .integer(1, 2)  // STATUS_FAILURE
      case .running: .integer(1, 3)  // STATUS_RUNNING
      case .queued, .interrupted: []  // STATUS_UNKNOWN
      }
    return data(4, [status, .double(2, ended)])
  }

  /// `HParamsPluginData`, version 0.
  private static func data(_ field: Int, _ content: ProtobufMessage) -> ProtobufMessage {
    .message(field, content)
  }
}
