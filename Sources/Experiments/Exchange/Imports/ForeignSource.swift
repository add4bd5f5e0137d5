/// A program whose runs `import` takes, by the files that it leaves.
package enum ForeignSource: String, Sendable, Hashable, CaseIterable {
  case tensorboard, mlflow, wandb, trackio, csv, jsonl

  /// As its makers write it.
  package var title: String {
    switch self {
    case .tensorboard: "TensorBoard"
    case .mlflow: "MLflow"
    case .wandb: "wandb"
    case .trackio: "Trackio"
    case .csv: "CSV"
    case .jsonl: "JSON lines"
    }
  }
}
