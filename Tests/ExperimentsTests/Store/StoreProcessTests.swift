import Foundation
import Store
import StoreTestSupport
import TestSupport
import Testing
import Values

/// Several writers at once, in this process and in others, and some of them killed.
@Suite struct StoreProcessTests {
  private func writer(_ arguments: [String], capturesOutput: Bool = false) throws -> ChildProcess {
    let command = [try builtProduct("StoreWriter")] + arguments
    return try #require(ChildProcess(command, capturesOutput: capturesOutput))
  }

  private func count(_ store: RunStore) throws -> Int {
    let result = try store.query("SELECT count(*) FROM history")
    guard case .integer(let count) = result.rows[0][0] else { return -1 }
    return count
  }

  @Test func killedBetweenCommitsNothingCommittedIsLost() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(demoExperiment(runs: demoRuns()))
      let run = demoRuns()[0].id
      let child = try writer([folder, run, "1000000"], capturesOutput: true)
      var said: [UInt8] = []
      while said.count(where: { $0 == UInt8(ascii: "\n") }) < 50 {
        said += try #require(child.read())
      }
      #expect(try store.markCrashedRuns() == [], "its process lives")
      #expect(try store.states()[run] == .running)
      #expect(throws: StoreError.self) { _ = try RunLock(run: run, store: folder) }

      child.kill(SIGKILL)
      while let rest = child.read() { said += rest }
      #expect(child.wait() == 128 + Int(SIGKILL))
      let batches = said.count { $0 == UInt8(ascii: "\n") }

      #expect(try store.markCrashedRuns() == [run])
      let points = try store.history(run: run, metric: "train/loss")
      #expect(points.steps.count >= batches * 10)
      #expect(points.steps.count % 10 == 0, "a batch is there whole or not at all")
      #expect(points.steps == Array(points.steps.indices))
      let crashed = try store.memberships(run: run)[0]
      #expect(crashed.state == .crashed)
      #expect(crashed.error == "its process died")
      #expect(crashed.step == points.steps.count - 1)
      #expect(crashed.metrics["train/loss"]?.count == points.steps.count)
      #expect(try store.markCrashedRuns() == [], "said once")
      _ = try RunLock(run: run, store: folder)
    }
  }

  /// A second store of the same process, opened and closed, must not take the first one's locks away: another process
  /// that ends would delete the log under it, and the first would read a malformed database.
  @Test func aSecondStoreLeavesTheFirstItsLocks() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(demoExperiment(runs: demoRuns()))
      #expect(try count(store) == 0)
      for run in demoRuns().prefix(3).map(\.id) {
        #expect(try RunStore(folder: folder).states()[run] == .queued)
        #expect(try writer([folder, run, "5"]).wait() == 0)
        #expect(FileManager.default.fileExists(atPath: folder + "/workbench.sqlite-wal"))
        #expect(try store.states()[run] == .finished)
      }
      #expect(try count(store) == 150)
    }
  }

  @Test func processesDoNotLoseEachOthersPoints() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(demoExperiment(runs: demoRuns()))
      let children = try demoRuns().prefix(4).map { try writer([folder, $0.id, "150"]) }
      for child in children {
        #expect(child.wait() == 0)
      }
      #expect(try count(store) == 4 * 150 * 10)
      #expect(try store.states().values.count { $0 == .finished } == 4)
    }
  }

  @Test func threadsDoNotLoseEachOthersPoints() throws {
    try withTemporaryFolder { folder in
      let runs = demoRuns()
      do {
        let store = try RunStore(folder: folder, creating: true)
        try store.register(demoExperiment(runs: runs))
      }
      // A connection and a lock each, like processes.
      DispatchQueue.concurrentPerform(iterations: 8) { index in
        do {
          let store = try RunStore(folder: folder)
          for step in 0..<100 {
            try store.appendPoints(
              [SeriesPoints(name: "m\(index % 2)", steps: [step], values: [Double(step)])],
              run: runs[index].id)
            if step % 10 == 0 { try store.logEvent(run: runs[index].id, "step \(step)") }
          }
        } catch {
          Issue.record(error)
        }
      }
      let store = try RunStore(folder: folder)
      #expect(try count(store) == 800)
      let events = try store.query("SELECT count(*) FROM event")
      #expect(events.rows == [[.integer(80)]])
      let check = try store.query("SELECT * FROM pragma_integrity_check")
      #expect(check.rows == [[.text("ok")]])
    }
  }
}
