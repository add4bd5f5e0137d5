import Diffusion
import Execution
import Foundation
import Text

/// The progress of a plan: on a terminal a line that changes in place, elsewhere a line every few seconds.
final class ProgressDisplay {
  private let experiment: String
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var lastLine = ContinuousClock.now - .seconds(60)
  private var settled: Set<String> = []
  private var shown = 0

  private static let interval = Duration.seconds(5)

  init(experiment: String) {
    self.experiment = experiment
  }

  func show(_ runs: [Reconciler.RunStatus]) {
    for run in runs where !settled.contains(run.id) {
      guard let text = Self.ended(run) else { continue }
      settled.insert(run.id)
      clear()
      printDiagnostic(text)
    }
    let running = runs.filter { $0.state == .running }
    if running.isEmpty, let run = runs.first(where: { $0.state == .waiting }) {
      if ContinuousClock.now - lastLine >= Self.interval {
        lastLine = .now
        clear()
        printDiagnostic(
          "\(printable(run.label)): "
            + (run.waitsAt.map { "waits at step \($0) for the sweep's other runs" }
              ?? "another process is working on it; waiting"))
      }
      return
    }
    guard !running.isEmpty else { return }
    let done = runs.count { Self.ended($0) != nil || $0.state == .kept }
    let lines = running.map { "[\(done)/\(runs.count)] " + Self.line($0) }
    if isTerminal {
      clear()
      let width = TerminalStyle.width(of: STDERR_FILENO).flatMap { $0 > 20 ? $0 : nil } ?? 100
      let text = lines.map { String($0.prefix(width - 1)) }.joined(separator: "\n")
      printProgress(text)
      shown = lines.count
    } else if ContinuousClock.now - lastLine >= Self.interval {
      lastLine = .now
      for line in lines { printDiagnostic(line) }
    }
  }

  func finish(_ reconciler: Reconciler) {
    clear()
    let (runs, pending) = (reconciler.status, reconciler.pending)
    let postponed = runs.filter { $0.state == .postponed }
    if !postponed.isEmpty {
      printDiagnostic(
        "\(experiment): the time limit of sweep.max_seconds is reached; \(postponed.count) of \(runs.count) runs stay queued: "
          + postponed.prefix(8).map { printable($0.label) }.joined(separator: "; ")
          + (postponed.count > 8 ? "; …" : "") + ". Raise it to continue.")
    }
    if pending > 0 {
      printDiagnostic(
        "\(experiment): the search is not finished: "
          + (reconciler.isOutOfTime ? "the time limit of sweep.max_seconds is reached, and " : "")
          + "\(pending) of \(runs.count + pending) runs are still to be proposed.")
    }
    let kept = runs.count { $0.state == .kept }
    if kept > 0 {
      printDiagnostic("\(experiment): \(kept) of \(runs.count) runs were done before.")
    }
  }

  /// Removes the changing lines.
  private func clear() {
    guard isTerminal, shown > 0 else { return }
    var codes = "\r\u{1B}[K"
    for _ in 1..<max(shown, 1) { codes += "\u{1B}[A\r\u{1B}[K" }
    printProgress(codes)
    shown = 0
  }

  /// What is said of a run that has ended here.
  private static func ended(_ run: Reconciler.RunStatus) -> String? {
    let label = printable(run.label)
    let time = run.seconds.map { " in \(NumberText.duration($0))" } ?? ""
    switch run.state {
    case .finished: return "✓ \(label)\(time)"
    case .interrupted: return "… \(label) interrupted\(time)"
    case .pruned(let why): return "– \(label) \(printable(why))"
    case .failed(let why): return "✗ \(label) failed\(time): \(printable(why))"
    case .kept, .waiting, .running, .postponed: return nil
    }
  }

  private static func line(_ run: Reconciler.RunStatus) -> String {
    let label = printable(run.label)
    guard let progress = run.progress else { return "\(label): starting" }
    switch progress.phase {
    case .train:
      var text = "\(label): step \(progress.done)/\(progress.of)"
      if let loss = progress.loss { text += String(format: ", loss %.4f", loss) }
      if let skipped = progress.skippedInARow {
        text += ", \(skipped) \(skipped == 1 ? "step" : "steps in a row") skipped"
      }
      if let speed = progress.imagesPerSecond {
        text += String(format: ", %.0f img/s", speed)
      }
      if let seconds = run.seconds, progress.done > 0, progress.done < progress.of {
        let left = seconds / Double(progress.done) * Double(progress.of - progress.done)
        text += ", \(NumberText.duration(left)) left"
      }
      return text
    case .sample: return "\(label): sampling \(100 * progress.done / max(progress.of, 1)) %"
    case .evaluate: return "\(label): measuring"
    }
  }
}
