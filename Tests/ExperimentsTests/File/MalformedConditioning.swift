extension MalformedFile {
  /// Of shapes, with one line of conditioning and what it clashes with before.
  private static func told(_ name: String, _ line: String, _ errors: String...) -> MalformedFile {
    MalformedFile(name, line + "\ndata: {source: shapes}\ntraining: {steps: 1}\n", errors)
  }

  /// What a network is told besides image and time.
  static let conditioning: [MalformedFile] = [
    told(
      "self-conditioning and heun", "sampling: {sampler: heun}\nconditioning: {self: true}",
      "1:21: with conditioning.self the network hears its estimate of the level before, but sampler heun asks it more than once at a level"
    ),
    told(
      "self-conditioning and bits per dimension",
      "evaluation: {metrics: [loss, bits-per-dim]}\nconditioning: {self: true}",
      "1:23: bits-per-dim asks the network at levels of its own, where there is no estimate of the level before, but conditioning.self is true"
    ),
    told(
      "self-conditioning of nothing", "conditioning: {self: maybe}",
      "1:22: 'conditioning.self' expects true or false, not 'maybe'"),
    told(
      "scale and shift of concat", "conditioning: {kind: class, inject: scale_shift}",
      "1:37: 'conditioning.inject' is concat or time, not 'scale_shift'"),
  ]
}
