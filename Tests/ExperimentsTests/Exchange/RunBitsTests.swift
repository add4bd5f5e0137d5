import GRDB
import Store
import StoreTestSupport
import TestSupport
import Testing
import Values

@testable import Exchange

/// Whether a run came out the same, value by value.
@Suite struct RunBitsTests {
  private func stores(_ body: (RunStore, RunStore, _ run: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let first = try seedDemoStore(folder: folder + "/a")
      let second = try seedDemoStore(folder: folder + "/b")
      let run = try #require(try first.runs().first { $0.state == .finished }).id
      try body(first, second, run)
    }
  }

  private func change(_ store: RunStore, _ sql: String, _ run: String) throws {
    try DatabaseQueue(path: store.folder + "/workbench.sqlite").write {
      try $0.execute(sql: sql, arguments: [run])
    }
  }

  @Test func theSame() throws {
    try stores { first, second, run in
      let bits = try RunBits(of: run, in: first, against: second)
      #expect(bits.difference == nil && bits.points > 10 && bits.artifacts > 0)
    }
  }

  /// One bit of one value; a speed is the machine's.
  @Test func anotherValue() throws {
    try stores { first, second, run in
      let set = "UPDATE point SET value = value * (1 + 2.3e-16) WHERE seriesId = "
      try change(
        second,
        set + "(SELECT id FROM series WHERE runId = ? AND name = 'speed/images_per_second')", run)
      #expect(try RunBits(of: run, in: first, against: second).difference == nil)
      try change(
        second, set + "(SELECT id FROM series WHERE runId = ? AND name = 'train/loss')", run)
      let difference = try RunBits(of: run, in: first, against: second).difference
      #expect(difference?.hasPrefix("train/loss at step ") == true, "\(difference ?? "none")")
    }
  }

  @Test func whatIsNotThere() throws {
    try stores { first, second, run in
      try second.clearResults(run: run)
      let bits = try RunBits(of: run, in: first, against: second)
      #expect(bits.difference?.hasSuffix(" was not measured") == true && bits.artifacts == 0)
    }
  }
}
