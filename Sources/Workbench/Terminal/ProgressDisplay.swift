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
  /// The changing lines as they stand.
  private var shown: [String] = []
  /// What is drawn of the current run below its line.
  private let picture: RunPicture?

  private static let interval = Duration.seconds(5)

  init(experiment: String, picture: RunPicture? = nil) {
    (self.experiment, self.picture) = (experiment, picture)
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
      let width = TerminalStyle.width(of: STDERR_FILENO).flatMap { $0 > 20 ? $0 : nil } ?? 100
      draw(
        lines.map { shortened($0, to: width - 1) }
          + (picture?.lines(of: running[0].id, width: width - 1, below: lines.count) ?? []))
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

  /// Puts lines in the place of those that are shown.
  private func draw(_ lines: [String]) {
    guard lines != shown else { return }
    let isShorter = lines.count < shown.count
    let changed = lines.enumerated().map { place, line -> String in
      // What is as it was is not sent again: below the progress, that is nearly all.
      let stays =
        place < shown.count && shown[place] == line && !(isShorter && place + 1 == lines.count)
      return stays ? "" : line + "\u{1B}[K"
    }
    let codes = toFirstLine + changed.joined(separator: "\n") + (isShorter ? "\u{1B}[J" : "")
    // At once, where the terminal can.
    printProgress(lines.count > 4 ? "\u{1B}[?2026h" + codes + "\u{1B}[?2026l" : codes)
    shown = lines
  }

  /// Removes the changing lines.
  private func clear() {
    guard isTerminal, !shown.isEmpty else { return }
    printProgress(toFirstLine + "\u{1B}[J")
    shown = []
  }

  private var toFirstLine: String {
    shown.count > 1 ? "\r\u{1B}[\(shown.count - 1)A" : "\r"
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
