import Statistics
import Store
import TestSupport
import Values

/// Names that must neither escape a folder nor break a format.
let hostileNames = [
  "a|b", "train/../../../etc/passwd", "../escape", ".hidden", "-rf", "tab\there", "line\nbreak",
  "return\r\nbreak", "bell\u{7}", "one\u{1}byte", "right\u{202e}to left",
  "<script>alert(1)</script>",
  "`code`", "=1+1", "@SUM(A1)", "-2+3", "'=quoted", "per%cent:colon", "a//b", "/root", "tail/", ".",
  "..", "train", "x_u7c_y", "emoji 🙂", "ünïcödé", String(repeating: "long", count: 100), " blank ",
  "\u{2028}separator", "\"quotes\", and commas", "",
]

/// A store of one experiment, `hostile`, with a run a name of `hostileNames`: as its label, its
/// setting's path and value, metric, tag, note, error and picture's name.
@discardableResult
func makeHostileStore(folder: String) throws -> RunStore {
  let clock = SteppingClock()
  let store = try RunStore(
    folder: folder, creating: true, options: RunStore.Options(clock: { clock.now() }))
  let runs = hostileNames.enumerated().map { index, name in
    RunRegistration(
      id: SHA256Text.of("hostile \(index)"), trainKey: SHA256Text.of("train \(index)"), label: name,
      index: index, overrides: [Parameter("odd.\(name)", .string(name))],
      settingsJSON: #"{"index":\#(index)}"#,
      parameters: [
        Parameter("odd.\(name)", .string(name)), Parameter("training.seed", .integer(index)),
      ], seed: index)
  }
  try store.register(
    ExperimentRegistration(
      name: "hostile", question: hostileNames.joined(separator: "\n"), fileText: "# \u{202e}\n",
      planJSON: "{}", objective: Objective(metric: "train/loss", goal: .minimize),
      sweep: SweepRegistration(method: "grid", paths: hostileNames.map { "odd.\($0)" }),
      runs: runs))
  for (run, name) in zip(runs, hostileNames) {
    try store.beginAttempt(run: run.id, environment: ["host.name": name, "odd \(name)": "x"])
    try store.appendPoints(
      [
        SeriesPoints(name: "train/loss", steps: [1, 2], values: [0.5, 0.25]),
        SeriesPoints(
          name: name.isEmpty ? "empty" : name, steps: [1, 2, 7], values: [.nan, -.infinity, 0.1]),
      ], run: run.id)
    if !name.isEmpty { try store.addTags([name], run: run.id) }
    try store.addNote(name, run: run.id)
    try store.saveArtifact(
      run: run.id, name: name, step: 2, mediaType: "image/png",
      bytes: tinyPNG(width: 3, height: 2) { x, y in UInt8((run.index * 5 + x * 40 + y) % 256) })
    try store.finishAttempt(run: run.id, state: .failed, error: name)
  }
  return store
}
