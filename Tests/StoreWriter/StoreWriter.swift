import Foundation
import Store
import Values

/// A process for tests to kill: `StoreWriter FOLDER RUN COUNT` takes the run and commits COUNT
/// batches of ten points, saying each batch's number once it is committed.
@main
struct StoreWriter {
  static func main() throws {
    let arguments = CommandLine.arguments
    let (folder, run) = (arguments[1], arguments[2])
    let store = try RunStore(folder: folder)
    let lock = try RunLock(run: run, store: folder)
    try store.beginAttempt(run: run, environment: [:])
    for batch in 0..<(Int(arguments[3]) ?? 0) {
      let steps = (0..<10).map { batch * 10 + $0 }
      try store.appendPoints(
        [SeriesPoints(name: "train/loss", steps: steps, values: steps.map(Double.init))], run: run)
      FileHandle.standardOutput.write(Data("\(batch)\n".utf8))
    }
    try withExtendedLifetime(lock) { try store.finishAttempt(run: run, state: .finished) }
  }
}
