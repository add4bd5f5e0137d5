package import Values

/// What tells runs apart whose training steps take different times.
package enum RunShape {
  /// What the time of a step depends on, as one text.
  package static func text(_ parameters: [String: ParameterValue]) -> String {
    parameters.filter { path, _ in
      path.hasPrefix("model.") || path.hasPrefix("conditioning.")
        || ["data.source", "data.path", "data.images", "data.size"].contains(path)
        || [
          "training.batch", "training.precision", "training.weight_precision", "training.lanes",
          "training.ema",
          "training.accumulate",
          "training.ema_halflife", "training.ema_widths", "training.loss",
          "training.distill.teacher_steps", "training.distill.guidance",
        ].contains(path)
    }
    .sorted { $0.key < $1.key }
    .map { "\($0.key)=\($0.value.text)" }.joined(separator: " ")
  }
}
