import ArgumentParser
import ExperimentFiles
import Foundation
import Reports
import Store
import Text

/// `report --watch`: writes the report again whenever its runs or its file have changed.
struct ReportWatch {
  let command: ReportCommand

  /// Seconds between two looks; a look is one small query.
  private static let interval = 1.0

  func run() throws {
    let signals = InterruptSignals {}
    let memory = ReportMemory()
    var (experiment, store) = try command.open()
    var text = fileText
    var version = try store.dataVersion()
    var shown = try command.write(experiment, store, memory: memory)
    printText(shown.answer)
    sayFailedCells(of: shown.report)
    while wait(signals) {
      try store.markCrashedRuns()
      let (newText, newVersion) = (fileText, try store.dataVersion())
      guard newText != text || newVersion != version else { continue }
      version = newVersion
      if newText != text {
        text = newText
        do {
          (experiment, store) = try command.open()
          version = try store.dataVersion()
        } catch let error as ExperimentFileError {
          // Half a file, between two keys.
          printDiagnostic(error.description)
          continue
        }
      }
      let before = shown.report
      shown = try command.write(experiment, store, memory: memory)
      if let change = ReportWatch.change(from: before, to: shown.report) {
        printText(change)
        sayFailedCells(of: shown.report)
      }
    }
    printDiagnostic("Stopped; the report is \(printable(shown.path)).")
    throw ExitCode(128 + (signals.received ?? SIGINT))
  }

  private var fileText: String? {
    command.isFile ? try? String(contentsOfFile: command.subject, encoding: .utf8) : nil
  }

  /// - Returns: false if it is time to stop.
  private func wait(_ signals: InterruptSignals) -> Bool {
    let end = Date().addingTimeInterval(ReportWatch.interval)
    while Date() < end {
      if signals.received != nil { return false }
      Thread.sleep(forTimeInterval: 0.05)
    }
    return signals.received == nil
  }

  /// A line that says what is new; nil if nothing is.
  static func change(from old: ExperimentReport, to new: ExperimentReport) -> String? {
    guard old.files != new.files else { return nil }
    var hashes: [String: String] = [:]
    for cell in old.cells { hashes[cell.name] = cell.hash }
    let changed = new.cells.filter { hashes[$0.name] != $0.hash }.map(\.name)
    let what = changed.isEmpty ? "the report" : changed.joined(separator: ", ")
    let answer = new.answer == old.answer ? "" : "\n" + new.answer
    return "changed: " + printable(what + answer, lines: true) + "\n"
  }
}
