import Foundation
import StoreTestSupport
import TestSupport
import Testing
import Values

@testable import Exchange
@testable import Store

@Suite struct TensorBoardExportTests {
  /// RFC 3720, appendix B.4, whose bytes are those of the sum in little-endian order.
  @Test func checksumsAreThoseOfTheRFC() {
    let vectors: [([UInt8], UInt32)] = [
      (Array(repeating: 0, count: 32), 0x8a91_36aa),
      (Array(repeating: 0xff, count: 32), 0x62a8_ab43),
      (Array(0..<32), 0x46dd_794e), (Array((0..<32).reversed()), 0x113f_db5c),
      (
        [
          0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0,
          0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
        ], 0xd996_3a56
      ),
    ]
    for (bytes, sum) in vectors { #expect(CyclicRedundancyCheck.castagnoli.checksum(bytes) == sum) }
    // The check value of the catalogues of such sums.
    #expect(CyclicRedundancyCheck.castagnoli.checksum(Array("123456789".utf8)) == 0xe306_9283)
  }

  /// The first bytes of every event file: 24 bytes follow, and their length's checksum.
  @Test func filesBeginAsAllEventFilesDo() {
    let record = EventFile.record(EventMessages.version(wallTime: 1).bytes)
    #expect(
      Array(record.prefix(13)) == [0x18, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22, 0x09])
    #expect(record.count == 8 + 4 + 24 + 4)
  }

  @Test func wireFormatIsThatOfTheGuide() throws {
    // The guide's examples.
    #expect(ProtobufMessage.integer(1, 150).bytes == [0x08, 0x96, 0x01])
    #expect(ProtobufMessage.text(2, "testing").bytes == [0x12, 0x07] + Array("testing".utf8))
    let message = ProtobufMessage.integer(1, -2)
    #expect(message.bytes == [0x08, 0xfe] + Array(repeating: 0xff, count: 8) + [0x01])
    #expect(try ProtobufReader(message.bytes).integer(1) == -2)
  }

  /// Events of a file, its framing and checksums looked at.
  static func events(_ path: String) throws -> [ProtobufReader] {
    var rest = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))[...]
    var events: [ProtobufReader] = []
    func number(_ count: Int) throws -> UInt64 {
      try #require(rest.count >= count)
      let value = rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
      rest = rest.dropFirst(count)
      return value
    }
    while !rest.isEmpty {
      let lengthBytes = Array(rest.prefix(8))
      let length = Int(try number(8))
      #expect(try number(4) == UInt64(CyclicRedundancyCheck.castagnoli.masked(lengthBytes)))
      try #require(rest.count >= length + 4)
      let content = Array(rest.prefix(length))
      rest = rest.dropFirst(length)
      #expect(try number(4) == UInt64(CyclicRedundancyCheck.castagnoli.masked(content)))
      events.append(try ProtobufReader(content))
    }
    #expect(events.first?.text(3) == "brain.Event:2")
    return events
  }

  private static func files(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.contains("tfevents") }
      .sorted()
  }

  /// Summary values with their event's step and time.
  private static func values(
    _ events: [ProtobufReader]
  ) throws -> [(step: Int, time: Double, value: ProtobufReader)] {
    try events.flatMap { event in
      let values = try event.message(5)?.messages(1) ?? []
      return values.map { (event.integer(2) ?? 0, event.double(1) ?? 0, $0) }
    }
  }

  @Test func everyPointPictureAndSettingIsThere() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs", incidents: true)
      let target = folder + "/tb"
      try TensorBoardExport(ExportSelection(["demo"], store: store)).write(to: target)
      let runs = try store.runs(experiment: "demo").filter { !$0.isOrphan }
      let files = try Self.files(target)
      // One a run, and one for the sweep.
      #expect(files.count == runs.count + 1)
      for run in runs {
        let label = try #require(run.label)
        let path = try #require(files.first { $0.hasPrefix("demo/\(label)/") }, "\(label)")
        let values = try Self.values(try Self.events("\(target)/\(path)"))
        for (name, summary) in run.metrics {
          let history = try store.history(run: run.id, metric: name)
          let read = values.filter { $0.value.text(1) == name }
          #expect(read.map(\.step) == history.steps)
          let floats = read.map { $0.value.float(2)?.bitPattern }
          #expect(floats == history.values.map { Float($0).bitPattern }, "\(name)")
          #expect(summary.count == read.count)
        }
        let artifacts = try store.artifacts(run: run.id)
        let image = try values.first { $0.value.text(1) == "samples" }?.value.message(4)
        #expect((image == nil) == artifacts.isEmpty)
        if let image, let artifact = artifacts.first {
          #expect(image.integer(1) == 64 && image.integer(2) == 96 && image.integer(3) == 1)
          #expect(try image.data(4) == store.content(sha256: artifact.sha256))
        }
        let begin = try Self.hyperparameters(values, "_hparams_/session_start_info")
        let entries = try #require(try begin.message(3)).messages(1)
        let read = try entries.map { entry in
          let value = try #require(try entry.message(2))
          return "\(entry.text(1) ?? "")=\(value.text(3) ?? value.double(2).map { "\($0)" } ?? "")"
        }
        let expected = [
          "diffusion.schedule.kind=\(run.parameters["diffusion.schedule.kind"]!.text)",
          "training.precision=\(run.parameters["training.precision"]!.text)",
          "training.seed=\(Double(run.seed))",
        ]
        #expect(read == expected)
        let end = try Self.hyperparameters(values, "_hparams_/session_end_info")
        let status = try end.message(4)?.integer(1)
        #expect(status == (run.state == .finished ? 1 : run.state == .failed ? 2 : nil))
      }
    }
  }

  private static func hyperparameters(
    _ values: [(step: Int, time: Double, value: ProtobufReader)], _ tag: String
  ) throws -> ProtobufReader {
    let value = try #require(values.first { $0.value.text(1) == tag }).value
    let plugin = try #require(try value.message(9)?.message(1))
    #expect(plugin.text(1) == "hparams")
    // A tensor of no elements beside it.
    #expect(try value.message(8)?.message(2)?.messages(2).map { $0.integer(1) } == [0])
    return try #require(try plugin.message(2))
  }

  @Test func theSweepSaysWhatItVaries() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let target = folder + "/tb"
      try TensorBoardExport(ExportSelection(["demo"], store: store)).write(to: target)
      let path = try #require(try Self.files(target).first { !$0.contains("/") })
      let values = try Self.values(try Self.events("\(target)/\(path)"))
      let data = try Self.hyperparameters(values, "_hparams_/experiment")
      let experiment = try #require(try data.message(2))
      #expect(experiment.text(6) == "demo")
      let parameters = try experiment.messages(4)
      #expect(
        parameters.map { $0.text(1) } == [
          "diffusion.schedule.kind", "training.precision", "training.seed",
        ])
      #expect(parameters.map { $0.integer(4) } == [1, 1, 3])  // STRING, STRING, FLOAT64
      let schedules = try parameters[0].message(5)?.messages(1).map { $0.text(3) }
      #expect(schedules == ["linear", "cosine"])
      let metrics = try experiment.messages(5).map { try $0.message(1)?.text(2) }
      #expect(
        metrics == ["eval/frechet_pca64", "eval/class_agreement", "eval/loss", "train/loss"])
    }
  }

  /// TensorBoard takes all values of a tag for the kind of the first.
  @Test func aTagIsOfOneKind() throws {
    var tags = EventTags(metrics: ["notes", "samples", "samples (picture)"])
    let texts = ["about", "notes"].map { tags.text($0) }
    #expect(texts == ["about", "notes (text)"])
    let pictures = ["about", "grid", "samples"].map { tags.picture($0) }
    #expect(pictures == ["about (picture)", "grid", "samples (picture) (picture)"])
    try withTemporaryFolder { folder in
      let store = try makeHostileStore(folder: folder + "/runs")
      try TensorBoardExport(ExportSelection(["hostile"], store: store)).write(to: folder + "/tb")
      for file in try Self.files(folder + "/tb") {
        var kinds: [String: Set<String>] = [:]
        for (_, _, value) in try Self.values(try Self.events("\(folder)/tb/\(file)")) {
          let kind = value.float(2) != nil ? "scalar" : value.data(4) != nil ? "image" : "tensor"
          kinds[value.text(1) ?? "", default: []].insert(kind)
        }
        #expect(kinds.values.allSatisfy { $0.count == 1 }, "\(file)")
      }
    }
  }

  @Test func timesAreThoseOfTheLog() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let run = try store.runs(experiment: "demo")[0]
      try store.appendPoints(
        [
          SeriesPoints(
            name: "time/unix", steps: [20, 40], values: [1_770_000_000.5, 1_770_000_009])
        ],
        run: run.id)
      try TensorBoardExport(ExportSelection([run.id], store: store)).write(to: folder + "/tb")
      let file = try #require(
        try Self.files(folder + "/tb").first { $0.split(separator: "/").count == 3 })
      let values = try Self.values(try Self.events("\(folder)/tb/\(file)"))
      let times = Dictionary(
        values.filter { $0.value.text(1) == "train/loss" }.map { ($0.step, $0.time) },
        uniquingKeysWith: { $1 })
      // A 32-bit float has seconds since 1970 in steps of 128.
      #expect(!values.contains { $0.value.text(1) == "time/unix" })
      #expect(times[10] == 1_770_000_000.5 && times[30] == 1_770_000_000.5)
      #expect(times[40] == 1_770_000_009 && times[200] == 1_770_000_009)
    }
  }

  @Test func hostileNamesStayInside() throws {
    try withTemporaryFolder { folder in
      let store = try makeHostileStore(folder: folder + "/runs")
      try TensorBoardExport(ExportSelection(["hostile"], store: store)).write(to: folder + "/tb")
      let files = try Self.files(folder + "/tb")
      #expect(files.count == hostileNames.count + 1)
      let safe = /(hostile\/[A-Za-z0-9_=,+][A-Za-z0-9._=,+-]*\/)?events[.a-z0-9]+/
      for file in files {
        #expect(file.wholeMatch(of: safe) != nil, "\(file.debugDescription)")
        _ = try Self.events("\(folder)/tb/\(file)")
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["runs", "tb"])
    }
  }
}
