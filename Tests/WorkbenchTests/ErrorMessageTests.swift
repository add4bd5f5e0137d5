import Diffusion
import Foundation
import TestSupport
import Testing

/// Bad input to every verb: one message, nothing on standard output, the right exit code, no trap.
@Suite struct ErrorMessageTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var code: Int
    var arguments: [String]
    /// What the message says.
    var message: String

    /// - Parameter line: the arguments; `DIR` in them is the test's folder.
    init(_ code: Int, _ line: String, says message: String) {
      self.init(code, line.split(separator: " ").map(String.init), says: message)
    }

    init(_ code: Int, _ arguments: [String], says message: String) {
      self.code = code
      self.arguments = arguments
      self.message = message
    }

    var testDescription: String { "\(arguments.joined(separator: " ")) → \(code)" }
  }

  /// A store with one finished run, and files that are wrong each in its way.
  private static let prepared = Result {
    let place = try Workplace()
    try place.run()
    let folder = place.folder
    try folder.write(Array("name: [\n".utf8), "malformed.yaml")
    try folder.write(Array("extends: base.yaml\ntraining: {stesp: 1}\n".utf8), "unknown-key.yaml")
    try folder.write(
      Array(
        "data: {source: idx, images: /nowhere/i, labels: /nowhere/l}\ntraining: {steps: 5}\n".utf8),
      "no-data.yaml")
    try folder.write(Array("extends: other.yaml\n".utf8), "no-base.yaml")
    try folder.write(Array("text".utf8), "a-file")
    try folder.write([1, 2, 3], "damaged.idx")
    try folder.write(
      Array(
        "data: {source: idx, images: \(place.path)/damaged.idx, labels: \(place.path)/damaged.idx}\ntraining: {steps: 5}\n"
          .utf8), "damaged-data.yaml")
    try place.workbench("artifacts", "last", "-o", place.path)
    let network = [UInt8](try place.contents("network.safetensors"))
    try folder.write(Array(network.dropLast(4)), "truncated.safetensors")
    try folder.write(Array(network.prefix(100)), "header.safetensors")
    try folder.write([], "empty.safetensors")
    try folder.write([UInt8](repeating: 0xFF, count: 64), "huge.safetensors")
    func tensors(_ name: String, x: [Int], t: [Int], classes: [Int]) throws {
      var writer = SafetensorsWriter()
      writer.add("x", shape: x, [Float](repeating: 0, count: x.reduce(1, *)))
      writer.add("t", shape: [t.count], t)
      writer.add("class", shape: [classes.count], classes)
      try writer.write(to: "\(place.path)/\(name).safetensors")
    }
    try tensors("good", x: [1, 3, 8, 8], t: [5], classes: [0])
    try tensors("flat", x: [3, 8, 8], t: [5], classes: [0])
    try tensors("one-channel", x: [1, 1, 8, 8], t: [5], classes: [0])
    try tensors("odd", x: [1, 3, 7, 8], t: [5], classes: [0])
    try tensors("none", x: [0, 3, 8, 8], t: [], classes: [])
    try tensors("two-times", x: [1, 3, 8, 8], t: [5, 6], classes: [0])
    try tensors("late", x: [1, 3, 8, 8], t: [100], classes: [0])
    try tensors("negative", x: [1, 3, 8, 8], t: [-1], classes: [0])
    try tensors("class-9", x: [1, 3, 8, 8], t: [5], classes: [9])
    try tensors("two-classes", x: [1, 3, 8, 8], t: [5], classes: [0, 1])
    return SharedPlace(place)
  }

  private final class SharedPlace: @unchecked Sendable {
    let place: Workplace
    init(_ place: Workplace) { self.place = place }
  }

  private func expectError(_ test: Case) throws {
    let place = try Self.prepared.get().place
    let arguments = test.arguments.map { $0.replacingOccurrences(of: "DIR", with: place.path) }
    let ending = try place.start(arguments).wait()
    #expect(ending.code == test.code, "\(ending.errors)")
    #expect(!ending.isSignalled)
    #expect(ending.output == "")
    #expect(ending.errors.contains(test.message), "\(ending.errors)")
    // ArgumentParser's own begin with a capital; those of a file with its name, line and column.
    #expect(ending.errors.matches(of: /\b[Ee]rror:/).count == 1, "\(ending.errors)")
    for raw in ["NSCocoaErrorDomain", "DatabaseError", "Fatal error", "Domain=", "SQLite error"] {
      #expect(!ending.errors.contains(raw), "\(ending.errors)")
    }
  }

  private static let readers = ["check", "plan", "run", "model", "schedule", "bench train"]

  @Test(
    arguments: readers.flatMap { verb in
      [
        Case(66, "\(verb) DIR/none.yaml", says: "no such file: "),
        // `model` takes a model's folder too.
        Case(
          65, "\(verb) DIR",
          says: verb == "model" ? "no diffusers model" : " is a folder, not an experiment file"),
        Case(65, "\(verb) DIR/malformed.yaml", says: "malformed.yaml:1:8: error: this is not YAML"),
        Case(65, "\(verb) DIR/unknown-key.yaml", says: "unknown-key.yaml:2:12: error: unknown key"),
        Case(65, "\(verb) DIR/good.safetensors", says: "good.safetensors"),
        Case(65, "\(verb) DIR/no-base.yaml", says: "no-base.yaml:1:10: error: no such file: "),
      ]
    })
  func experimentFiles(_ test: Case) throws { try expectError(test) }

  @Test(arguments: [
    Case(65, "run DIR/tiny.yaml training.stesp=3", says: "command line: error: unknown key"),
    Case(65, "plan DIR/tiny.yaml nonsense", says: "'nonsense' is not an override"),
    Case(65, "model DIR/tiny.yaml model.levels=9", says: "must be at most 8, not 9"),
    Case(65, "bench sample DIR/tiny.yaml training.batch=0", says: "at least 1, not 0"),
    Case(66, "run DIR/no-data.yaml", says: "/nowhere/i"),
    Case(66, "plan DIR/no-data.yaml", says: "/nowhere/i"),
    Case(66, "model DIR/no-data.yaml", says: "/nowhere/i"),
    Case(66, "bench train DIR/no-data.yaml", says: "/nowhere/i"),
    Case(66, "schedule DIR/no-data.yaml -o DIR/x.png", says: "/nowhere/i"),
    Case(65, "run DIR/damaged-data.yaml", says: "damaged.idx"),
    Case(65, "model DIR/damaged-data.yaml", says: "damaged.idx"),
  ])
  func settingsAndData(_ test: Case) throws { try expectError(test) }

  @Test(
    arguments: [
      "show zzz", "logs zzz", "diff zzz last", "diff last zzz", "artifacts zzz", "tag zzz x",
      "note zzz words", "compare zzz", "predict zzz --input a --output b",
      "sample zzz -o DIR/x.png",
      "show none/tiny",
    ].map { Case(66, $0, says: "the store has no ") }
      + ["report zzz", "runs zzz", "show best:zzz"].map {
        Case(66, $0, says: "the store has no experiment 'zzz'")
      }
      + ["show last", "runs", "logs last", "compare tiny", "report tiny", "artifacts last"].map {
        Case(66, "\($0) --store DIR/nothing", says: "no run store in ")
      } + [Case(66, "show tiny/none", says: "'tiny' has no run labelled 'none'")])
  func runsThatAreNotThere(_ test: Case) throws { try expectError(test) }

  @Test(
    arguments: ["truncated", "header", "empty", "huge"].flatMap { name in
      [
        Case(65, "sample DIR/\(name).safetensors -o DIR/x.png", says: "\(name).safetensors'"),
        Case(
          65, "predict DIR/\(name).safetensors --input DIR/good.safetensors --output DIR/x",
          says: "\(name).safetensors'"),
        Case(65, "predict last --input DIR/\(name).safetensors --output DIR/x", says: name),
        Case(65, "sample last --initial DIR/\(name).safetensors --output DIR/x", says: name),
      ]
    } + [
      Case(66, "sample DIR/no.safetensors -o DIR/x.png", says: "there is no file"),
      Case(66, "predict last --input DIR/no.safetensors --output DIR/x", says: "there is no file"),
      Case(66, "sample last --initial DIR/no.safetensors -o DIR/x", says: "there is no file"),
      Case(65, "sample DIR -o DIR/x.png", says: "is a folder, not a safetensors file"),
      Case(65, "predict DIR --input DIR/good.safetensors --output DIR/x", says: "'config.json'"),
      Case(65, "export DIR/good.safetensors --format safetensors -o DIR/exported", says: "good"),
      Case(65, "sample DIR/good.safetensors -o DIR/x.png", says: "good.safetensors"),
      Case(
        65, "predict last --input DIR/network.safetensors --output DIR/x", says: "has no tensor 'x'"
      ),
    ])
  func damagedFiles(_ test: Case) throws { try expectError(test) }

  @Test(
    arguments: [
      ("flat", "it must be (N, C, H, W)"), ("one-channel", "x has 1 channels"),
      ("odd", "multiples of 2"), ("none", "it must be (N, C, H, W)"),
      ("two-times", "2 timesteps for 1 images"), ("late", "outside 0 ..< 100"),
      ("negative", "outside 0 ..< 100"), ("class-9", "indices from 0 to 8"),
      ("two-classes", "1 indices from 0 to 8"),
    ].map {
      Case(65, "predict last --input DIR/\($0.0).safetensors --output DIR/x", says: $0.1)
    }
      + ["flat", "one-channel", "none"].map {
        Case(
          65, "sample last --initial DIR/\($0).safetensors --output DIR/x",
          says: "it must be (N, 3, H, W)")
      } + [
        Case(
          65, "sample last --initial DIR/odd.safetensors --output DIR/x", says: "multiples of 2"),
        Case(65, "sample last --steps 101 -o DIR/x.png", says: "has only 100 steps"),
      ])
  func wrongShapes(_ test: Case) throws { try expectError(test) }

  @Test(arguments: [
    Case(73, "sample last -o DIR/a-file/x.png", says: "a-file/x.png"),
    Case(73, "sample last --output DIR/a-file/x.safetensors", says: "a-file/x.safetensors"),
    Case(
      73, "predict last --input DIR/good.safetensors --output DIR/a-file/x", says: "a-file/x"),
    Case(73, "artifacts last -o DIR/a-file/x", says: "a-file' (a file of that name exists)"),
    Case(73, "report tiny -o DIR/a-file/x", says: "a-file' (a file of that name exists)"),
    Case(
      73, "run DIR/tiny.yaml -o DIR/a-file/x", says: "a-file' (a file of that name exists)"),
    Case(
      73, "run DIR/tiny.yaml --store DIR/a-file/x",
      says: "a-file' (a file of that name exists)"),
    Case(73, "run DIR/tiny.yaml --store DIR/a-file", says: "a-file"),
    Case(73, "new DIR/a-file/x", says: "a-file/x.yaml"),
    Case(73, "new DIR/tiny", says: "already exists"),
    Case(73, "schedule -o DIR/a-file/x.png", says: "a-file/x.png"),
  ])
  func placesThatCannotBeWritten(_ test: Case) throws { try expectError(test) }

  @Test(
    arguments: [
      ("run", "<file>"), ("nonsense", "nonsense"), ("run DIR/tiny.yaml -j 0", "-j takes 1 to 256"),
      ("run DIR/tiny.yaml --workers 0", "--workers takes 1 to 1024"),
      ("predict last --input a --output b --workers 0", "--workers takes 1 to 1024"),
      ("bench train DIR/tiny.yaml --workers 9999", "--workers takes 1 to 1024"),
      ("sample last", "-o grid.png"), ("sample last -o DIR/x.png --steps 0", "--steps takes"),
      ("sample last -o DIR/x.png --count 0", "--count takes"),
      ("sample last -o DIR/x.png --eta=-1", "--eta takes"),
      ("sample last -o DIR/x.png --guidance inf", "--guidance takes"),
      ("sample last -o DIR/x.png --class 8", "classes are 0 to 7"),
      ("sample last -o DIR/x.png --sampler none", "'none' is invalid"),
      ("predict last --input a --output b --precision fp7", "'fp7' is invalid"),
      ("schedule --steps 0", "--steps must lie"), ("sql", "Give one query"), ("show", "<"),
      ("diff last", "<"), ("logs last --json --follow", "Choose one of"),
    ].map { Case(64, $0.0, says: $0.1) })
  func wrongUsage(_ test: Case) throws { try expectError(test) }

  @Test(arguments: [
    Case(65, ["sql", "SELEC 1"], says: "only reads"),
    Case(65, ["sql", "DELETE FROM run"], says: "only reads"),
    Case(65, ["sql", "SELECT * FROM"], says: "the query is wrong"),
    Case(65, ["sql", "SELECT x FROM runs"], says: "no such column: x"),
    Case(65, ["sql", "SELECT 1; SELECT 2"], says: "one statement at a time"),
    Case(65, ["sql", ""], says: "only reads"),
    Case(66, ["sql", "SELECT 1", "--experiment", "zzz"], says: "no experiment 'zzz'"),
    Case(65, ["runs", "--where", "1 +"], says: "ends where a value is expected"),
    Case(65, ["runs", "--sort", "nothing"], says: "nothing"),
  ])
  func queries(_ test: Case) throws { try expectError(test) }

  /// ArgumentParser's messages too quote what they were given, and as text.
  @Test func whatUsageErrorsQuoteIsText() throws {
    let place = try Self.prepared.get().place
    for arguments in [
      ["\u{1B}[31mred"], ["runs", "--\u{1B}[31mred"], ["check", "a", "--\u{9B}red"],
    ] {
      let ending = try place.start(arguments).wait()
      #expect(ending.code == 64 && ending.output == "")
      #expect(ending.errors.hasPrefix("Error: ") && ending.errors.contains("red"))
      let isText = ending.errors.unicodeScalars.allSatisfy {
        $0 == "\n" || $0.properties.generalCategory != .control
      }
      #expect(isText, "\(arguments)")
    }
  }

  /// What went wrong leaves nothing behind.
  @Test func nothingIsWrittenHalfWay() throws {
    let place = try Self.prepared.get().place
    let out = "\(place.path)/half"
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    for arguments in [
      ["predict", "last", "--input", "\(place.path)/class-9.safetensors", "--output", "\(out)/x"],
      ["sample", "\(place.path)/truncated.safetensors", "-o", "\(out)/x.png"],
      ["run", "\(place.path)/no-data.yaml", "--store", "\(out)/store", "-o", out],
      ["run", "\(place.path)/malformed.yaml", "--store", "\(out)/store", "-o", out],
    ] {
      #expect(try place.start(arguments).wait().code != 0)
      #expect(try FileManager.default.contentsOfDirectory(atPath: out) == [], "\(arguments)")
    }
  }
}
