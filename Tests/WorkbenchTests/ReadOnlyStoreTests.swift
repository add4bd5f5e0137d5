import Foundation
import Store
import TestSupport
import Testing

/// Stores that may only be read answer every question as others do, and are left as they are.
@Suite(.enabled(if: FileFault.isPossible, "it needs LD_PRELOAD")) struct ReadOnlyStoreTests {
  /// Why it may not be written.
  enum Reason: String, CaseIterable {
    /// Another person's, by permissions.
    case permissions
    case readOnlyFileSystem
    case fullDisk
  }

  /// In what state its last writer left it.
  enum Leaving: String, CaseIterable {
    case closed
    /// Killed: the log has content, and its index is there.
    case log
    /// The same, copied without the index, which SQLite cannot do without where it may make no file.
    case logWithoutIndex
    /// Killed with a run under way, of which the store still says that it is running.
    case deadRun
  }

  private static let experiment = """
    training: {steps: 4, batch: 4, log_every: 1}
    sweep: {parameters: {diffusion.schedule.kind: [linear, cosine]}, repeat: {training.seed: 2}}

    """

  /// A workplace whose store is `original`, with two copies of it in the state that is asked for: `open` and `shut`.
  private final class Stores {
    let place: Workplace
    let runs: [String]
    var open: String { place.path + "/open" }
    var shut: String { place.path + "/shut" }
    private let reason: Reason

    init(_ leaving: Leaving, _ reason: Reason) throws {
      self.reason = reason
      place = try Workplace(ReadOnlyStoreTests.experiment)
      try place.run()
      runs = try place.runs().map(\.id)
      if leaving == .closed {
        try copy()
      } else {
        // A copy of what is open is what a process that is killed leaves.
        let store = try place.store()
        try store.addTags(["late"], run: runs[1])
        if leaving == .deadRun { try store.beginAttempt(run: runs[0], environment: [:]) }
        try withExtendedLifetime(store) { try copy() }
      }
      for folder in [open, shut] {
        let log = try FileManager.default.attributesOfItem(atPath: folder + "/workbench.sqlite")
        #expect(log[.size] as? Int ?? 0 > 0)
        #expect(
          filesBelow(folder).contains("workbench.sqlite-wal") == (leaving != .closed),
          "\(filesBelow(folder))")
        if leaving == .logWithoutIndex {
          try FileManager.default.removeItem(atPath: folder + "/workbench.sqlite-shm")
        }
      }
      if reason == .permissions { chmodAll(writable: false) }
    }

    deinit { if reason == .permissions { chmodAll(writable: true) } }

    private func copy() throws {
      for target in [open, shut] {
        try FileManager.default.copyItem(atPath: place.storeFolder, toPath: target)
      }
    }

    private func chmodAll(writable: Bool) {
      let files = (try? FileManager.default.subpathsOfDirectory(atPath: shut)) ?? []
      for path in [shut] + files.map({ "\(shut)/\($0)" }) {
        var status = stat()
        guard stat(path, &status) == 0 else { continue }
        chmod(path, writable ? status.st_mode | 0o200 : status.st_mode & ~0o222)
      }
    }

    /// What a verb says and writes (into `OUT`), of the store that may be written and of the other.
    func answer(_ arguments: [String], isShut: Bool) throws -> Answer {
      let folder = isShut ? shut : open
      let out = "\(place.path)/out-\(UUID().uuidString)"
      var environment = ["WORKBENCH_STORE": folder]
      if isShut {
        switch reason {
        case .permissions:
          // Root is held by permissions like anybody.
          environment["LD_PRELOAD"] = try builtProduct("libFaultShim.so")
          environment["FAULT_UNPRIVILEGED"] = "1"
        case .readOnlyFileSystem, .fullDisk:
          let fault = FileFault(
            call: 1, error: reason == .fullDisk ? ENOSPC : EROFS, isForGood: true)
          environment.merge(
            try fault.environment(under: folder, counter: out + ".counter")
          ) { $1 }
        }
      }
      let ending = try place.start(
        arguments.map { $0.replacingOccurrences(of: "OUT", with: out) }, environment: environment
      ).wait()
      var files: [String: Data] = [:]
      for file in filesBelow(out) {
        files[file] = FileManager.default.contents(atPath: "\(out)/\(file)")
      }
      if let file = FileManager.default.contents(atPath: out) { files[""] = file }
      return Answer(
        code: ending.code,
        output: ending.output.replacingOccurrences(of: out, with: "OUT")
          .replacingOccurrences(of: folder, with: "STORE"), files: files, errors: ending.errors)
    }
  }

  private struct Answer {
    var code: Int
    var output: String
    var files: [String: Data]
    var errors: String
  }

  /// Each file's length, time and content.
  private func state(_ folder: String) throws -> [String: [String]] {
    var files: [String: [String]] = [:]
    for file in filesBelow(folder) {
      let path = "\(folder)/\(file)"
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      files[file] = [
        "\(attributes[.size] ?? 0)", "\(attributes[.modificationDate] ?? "")",
        FileManager.default.contents(atPath: path)?.base64EncodedString() ?? "",
      ]
    }
    return files
  }

  private func questions(_ stores: Stores, all: Bool) -> [[String]] {
    let (file, runs) = (stores.place.file, stores.runs)
    let few: [[String]] = [
      ["runs", "--json"], ["sql", "SELECT * FROM wide", "--experiment", "tiny"],
      ["plan", file, "--no-timing"], ["export", "tiny", "--format", "capsule", "-o", "OUT"],
      // Saves what it shows where it may, which the others see: it comes after them.
      ["report", file, "-o", "OUT"],
    ]
    if !all { return few }
    return [
      ["runs"], ["show", runs[0]], ["logs", runs[0]], ["compare", "tiny"], ["best", "tiny"],
      ["why", runs[0], runs[1]], ["diff", runs[0], runs[1]], ["sql", "SELECT * FROM history"],
      ["artifacts", runs[1]], ["artifacts", runs[1], "-o", "OUT"], ["tag"], ["note", runs[0]],
      ["pin"], ["gc", "--dry-run"],
      ["export", "tiny", "--format", "csv", "-o", "OUT"],
      ["sample", runs[1], "--count", "2", "--steps", "2", "-o", "OUT"],
    ] + few + [["report", "tiny", "-o", "OUT"]]
  }

  @Test(arguments: Reason.allCases, Leaving.allCases)
  func everyQuestionIsAnswered(_ reason: Reason, _ leaving: Leaving) throws {
    let stores = try Stores(leaving, reason)
    let before = try state(stores.shut)
    let isThorough = reason == .permissions && [.closed, .deadRun].contains(leaving)
    for question in questions(stores, all: isThorough) {
      let expected = try stores.answer(question, isShut: false)
      let answer = try stores.answer(question, isShut: true)
      #expect(expected.code == 0, "\(question): \(expected.errors)")
      #expect(answer.code == 0, "\(question): \(answer.errors)")
      #expect(answer.output == expected.output, "\(question)")
      #expect(answer.files == expected.files, "\(question)")
    }
    let doctor = try stores.answer(["doctor"], isShut: true)
    #expect(doctor.code == 0)
    if reason != .fullDisk {
      #expect(doctor.output.contains("it can be read but not written"))
      #expect(try state(stores.shut) == before, "nothing is made or changed")
    }
  }

  @Test(arguments: Reason.allCases) func whatWritesSaysThatItCannot(_ reason: Reason) throws {
    let stores = try Stores(.deadRun, reason)
    let before = try state(stores.shut)
    for arguments in [
      ["tag", stores.runs[1], "x"], ["note", stores.runs[1], "x"], ["rm", stores.runs[1]],
      ["pin", stores.runs[1]], ["gc"], ["run", stores.place.file, "-o", "OUT"],
    ] {
      let answer = try stores.answer(arguments, isShut: true)
      #expect([73, 74].contains(answer.code), "\(arguments): \(answer.errors)")
      #expect(answer.errors.hasPrefix("error: "), "\(answer.errors)")
      #expect(answer.errors.contains(stores.shut))
    }
    if reason != .fullDisk { #expect(try state(stores.shut) == before) }
  }

  /// Who reads sees what a writer at work has committed so far, whenever it looks.
  @Test func aReaderSeesWhatOthersWrite() throws {
    let stores = try Stores(.closed, .readOnlyFileSystem)
    let reader = try RunStore(reading: stores.open)
    #expect(!reader.isWritable)
    let run = stores.runs[0]
    #expect(try reader.tags(run: run).isEmpty)
    do {
      let writer = try RunStore(folder: stores.open)
      try writer.addTags(["a"], run: run)
      #expect(try reader.tags(run: run) == ["a"], "from the log")
      try writer.addTags(["b"], run: run)
      #expect(try reader.tags(run: run) == ["a", "b"])
    }
    #expect(try reader.tags(run: run) == ["a", "b"], "from the file again")
    #expect(throws: StoreError.self) { try reader.addTags(["c"], run: run) }
    let again = try RunStore(folder: stores.open)
    try again.addTags(["c"], run: run)
    #expect(try reader.tags(run: run) == ["a", "b", "c"])
    let found = try reader.query("SELECT count(*) FROM tags")
    #expect(found.rows == [[.integer(3)]])
  }
}
