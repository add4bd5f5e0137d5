import Foundation
import TestSupport
import Testing

/// Killed, or failing, at any file call of a new store and of its checkpoints: the next `run` finishes, to the bits of a run
/// that nothing happened to, and after `gc` there is no file too many.
///
/// Of some thousand cases a sample is tried; `make torture` tries them all.
@Suite(.enabled(if: FileFault.isPossible, "it needs LD_PRELOAD")) struct FileFaultTests {
  /// Three checkpoints, pictures and measures on the way.
  private static let experiment = """
    training: {steps: 6, batch: 4, log_every: 1, checkpoint_every: 2, ema: 0.9}
    sampling: {steps: 2, count: 2, every: 3}
    evaluation: {images: 4, every: 3, metrics: [loss]}

    """

  /// The same with a network that is too large for the database, so that it lies beside it.
  private static let withAFile = experiment + "model: {base_channels: 96}\n"

  /// What a run to which nothing happens leaves.
  private struct Reference {
    var bits: [String: RunBits]
    var files: [String]
    /// File calls of a run in a new store, on paths that contain a name.
    var calls: Int

    init(_ experiment: String, named: String? = nil) throws {
      let place = try Workplace(experiment)
      let counter = place.path + "/counter"
      let environment = try FileFault(named: named, call: 0).environment(
        under: place.storeFolder, counter: counter)
      let ending = try place.start(
        ["run", place.file, "-o", place.reports], environment: environment
      )
      .wait()
      try #require(ending.code == 0, "\(ending.errors)")
      try place.workbench("gc")
      bits = try place.bits()
      files = filesBelow(place.storeFolder)
      calls = FileFault.count(counter)
    }
  }

  private static let ofAStore = Result { try Reference(experiment) }
  private static let ofCheckpoints = Result {
    try Reference(experiment, named: "/state.safetensors")
  }
  private static let ofFiles = Result { try Reference(withAFile, named: "/artifacts") }

  private static let isWhole = ProcessInfo.processInfo.environment["TORTURE"] != nil

  /// The first 300 calls, killed at each, or each failing in one of three ways.
  static let ofANewStore: [(Int, Int32?)] = (1...300).flatMap { call -> [(Int, Int32?)] in
    if isWhole { return [(call, nil), (call, ENOSPC), (call, EIO)] }
    return switch call % 51 {
    case 3: [(call, nil)]
    case 20: [(call, ENOSPC)]
    case 37: [(call, EIO)]
    default: []
    }
  }

  @Test(arguments: ofANewStore) func atACallOfANewStore(call: Int, error: Int32?) throws {
    let reference = try Self.ofAStore.get()
    #expect(reference.calls > 150, "the store is made, and the run done, by so many calls")
    try expectRecovers(
      FileFault(call: call, error: error, writesHalf: call % 2 == 0), Self.experiment, reference)
  }

  /// Each call on a checkpoint's file; there are no more than these.
  static let ofACheckpoint: [(Int, Int32?)] = (1...60).flatMap { call -> [(Int, Int32?)] in
    if isWhole { return [(call, nil), (call, ENOSPC), (call, EIO)] }
    return call <= 8 ? [(call, call % 2 == 0 ? nil : EIO)] : []
  }

  @Test(arguments: ofACheckpoint) func atACallOfACheckpoint(call: Int, error: Int32?) throws {
    let reference = try Self.ofCheckpoints.get()
    #expect((10...60).contains(reference.calls))
    if call > reference.calls { return }
    try expectRecovers(
      FileFault(named: "/state.safetensors", call: call, error: error), Self.experiment, reference)
  }

  /// Each call on the file of a network, and on the folders made for it; there are no more than these.
  static let ofANetwork: [(Int, Int32?)] = (1...30).flatMap { call -> [(Int, Int32?)] in
    if isWhole { return [(call, nil), (call, ENOSPC), (call, EIO)] }
    return call <= 9 ? [(call, call % 3 == 0 ? nil : EIO)] : []
  }

  @Test(arguments: ofANetwork) func atACallOfANetworksFile(call: Int, error: Int32?) throws {
    let reference = try Self.ofFiles.get()
    #expect(reference.files.contains { $0.hasPrefix("artifacts/") })
    #expect((8...30).contains(reference.calls))
    if call > reference.calls { return }
    try expectRecovers(
      FileFault(named: "/artifacts", call: call, error: error), Self.withAFile, reference)
  }

  private func expectRecovers(
    _ fault: FileFault, _ experiment: String, _ reference: Reference,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let place = try Workplace(experiment)
    let counter = place.path + "/counter"
    let first = try place.start(
      ["run", place.file, "-o", place.reports],
      environment: fault.environment(under: place.storeFolder, counter: counter)
    ).wait()
    if fault.error != nil {
      // Done all the same where nothing depended on it, or an error in words; never a trap.
      #expect(
        [0, 1, 65, 73, 74, 75].contains(first.code), "\(first.code): \(first.errors)",
        sourceLocation: sourceLocation)
      #expect(
        !first.errors.contains("Fatal error") && !first.errors.contains("died of signal"),
        "\(first.errors)", sourceLocation: sourceLocation)
    }
    let second = try place.start(["run", place.file, "-o", place.reports]).wait()
    #expect(second.code == 0, "\(second.errors)", sourceLocation: sourceLocation)
    #expect(try place.bits() == reference.bits, sourceLocation: sourceLocation)
    try place.workbench("gc", sourceLocation: sourceLocation)
    #expect(
      filesBelow(place.storeFolder) == reference.files, sourceLocation: sourceLocation)
    #expect(
      filesBelow(place.reports).allSatisfy { !$0.hasSuffix(".tmp") },
      sourceLocation: sourceLocation)
    try place.workbench("doctor", sourceLocation: sourceLocation)
  }

  // MARK: What is not on the disk is not said to be

  /// The log cannot be pushed to the disk: the run fails and says so, and there is no checkpoint that is ahead of the store.
  @Test func noCheckpointBeforeItsPointsAreOnTheDisk() throws {
    let place = try Workplace(Self.experiment)
    try place.workbench("report", place.file, "-o", place.reports)
    let fault = FileFault(calls: "s", named: "-wal", call: 1, error: EIO, isForGood: true)
    let ending = try place.start(
      ["run", place.file, "-o", place.reports],
      environment: fault.environment(under: place.storeFolder, counter: place.path + "/counter")
    ).wait()
    #expect(ending.code != 0)
    #expect(ending.errors.contains("workbench.sqlite"), "\(ending.errors)")
    #expect(!filesBelow(place.storeFolder).contains { $0.hasSuffix("state.safetensors") })
    try place.run()
    #expect(try place.bits() == Self.ofAStore.get().bits)
  }

  /// Each synchronisation of a checkpoint, of its file and of its folder alone, and the file's close; of pictures' and
  /// networks' folders.
  @Test(arguments: [
    ("s", "/state.safetensors"), ("c", "/state.safetensors"), ("d", "/work/"), ("d", "/artifacts"),
  ])
  func whatIsNotOnTheDiskIsAnError(calls: String, named: String) throws {
    let place = try Workplace(Self.withAFile)
    let fault = FileFault(calls: calls, named: named, call: 1, error: EIO, isForGood: true)
    let ending = try place.start(
      ["run", place.file, "-o", place.reports],
      environment: fault.environment(under: place.storeFolder, counter: place.path + "/counter")
    ).wait()
    #expect(ending.code == 1)
    #expect(ending.errors.contains("✗ tiny failed"), "\(ending.errors)")
    #expect(ending.errors.contains("cannot write"), "\(ending.errors)")
    try place.run()
    #expect(try place.bits() == Self.ofFiles.get().bits)
  }

  // MARK: Half-made stores

  /// What an interrupted making of a store leaves, written out.
  enum HalfMade: String, CaseIterable {
    case folder, emptyDatabase, staleJournal, staleLog
  }

  @Test(arguments: HalfMade.allCases) func aHalfMadeStoreIsMade(_ kind: HalfMade) throws {
    let place = try Workplace(Self.experiment)
    try FileManager.default.createDirectory(
      atPath: place.storeFolder, withIntermediateDirectories: true)
    let database = place.storeFolder + "/workbench.sqlite"
    switch kind {
    case .folder: break
    case .emptyDatabase: try Data().write(to: URL(filePath: database))
    case .staleJournal:
      try Data(repeating: 7, count: 512).write(to: URL(filePath: database + "-journal"))
    case .staleLog:
      try Data(repeating: 7, count: 4152).write(to: URL(filePath: database + "-wal"))
      try Data(count: 32768).write(to: URL(filePath: database + "-shm"))
    }
    let first = try place.start(["runs"]).wait()
    #expect([0, 66].contains(first.code), "\(first.errors)")
    try place.run()
    #expect(try place.bits() == Self.ofAStore.get().bits)
    try place.workbench("gc")
    #expect(try filesBelow(place.storeFolder) == Self.ofAStore.get().files)
  }
}
