import Foundation
import Store
import Watching

/// The current run's curve and newest samples below its progress. It is drawn by the process that waits for the run, which
/// asks the store a twentieth of the time at most.
final class RunPicture {
  private let reader: WatchReader
  private let experiment: String
  private let abilities: TerminalAbilities
  private var data = WatchData()
  private var version: Int?
  private var size = (width: 0, height: 0)
  private var nextLook = ContinuousClock.now
  private var shown: [String] = []
  private var run = ""

  private static let interval = Duration.milliseconds(500)
  /// How much longer than drawing takes, nothing is drawn.
  private static let rest = 19
  private static let mostRows = 16
  private static let leastRows = 6

  init(store: RunStore, experiment: String) {
    reader = WatchReader(store: store)
    self.experiment = experiment
    var abilities = TerminalAbilities(environment: ProcessInfo.processInfo.environment)
    // Lines that scroll take no other pictures along.
    abilities.pictures = .blocks
    self.abilities = abilities
  }

  /// - Parameter below: lines of progress that stand above it.
  func lines(of run: String, width: Int, below: Int) -> [String] {
    let rows = TerminalStyle.height(of: STDERR_FILENO) ?? 24
    let height = min(Self.mostRows, rows - below - 2)
    guard height >= Self.leastRows, width >= 20 else { return [] }
    let isAnother = run != self.run || size != (width, height)
    guard isAnother || ContinuousClock.now >= nextLook else { return shown }
    let start = ContinuousClock.now
    let now = try? reader.store.dataVersion()
    if isAnother || now != version {
      (version, size, self.run) = (now, (width, height), run)
      if let new = try? reader.readRun(run, experiment: experiment) { data = new }
      let writer = ScreenWriter(abilities)
      shown = WatchScreen(pictureOf: data, width: width, height: height, abilities: abilities)
        .canvas.rows.map(writer.line)
    }
    nextLook = .now + max(Self.interval, (.now - start) * Self.rest)
    return shown
  }
}
