import Testing

@testable import ExperimentFiles

/// A text that is no experiment file, and every error it gives: `line:column: message`.
struct MalformedFile: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  let errors: [String]

  init(_ name: String, _ text: String, _ errors: [String]) {
    self.name = name
    self.text = text
    self.errors = errors
  }

  var testDescription: String { name }
}

/// The errors of a text, `line:column: message` each; none if it is sound.
func errors(
  of text: String, path: String = "x.yaml", overrides: [String] = []
) throws -> [Diagnostic] {
  do {
    _ = try ExperimentFile.read(text: text, path: path, overrides: overrides)
    return []
  } catch let error as ExperimentFileError {
    return error.diagnostics
  }
}

@Suite struct MalformedFileTests {
  @Test(
    arguments: MalformedFile.yaml + MalformedFile.values + MalformedFile.sweeps
      + MalformedFile.residualUNets + MalformedFile.points + MalformedFile.diffusion
      + MalformedFile.conditioning + MalformedFile.distillation + MalformedFile.guidance)
  func everyErrorAtItsPlace(file: MalformedFile) throws {
    let found = try errors(of: file.text).map {
      "\($0.place.line):\($0.place.column): \($0.message)"
    }
    #expect(found == file.errors)
  }

  /// What can be run and will disappoint, said with its number.
  @Test func whatIsDoubtfulIsSaid() throws {
    func warnings(_ text: String) throws -> [String] {
      try ExperimentFile.read(text: text, path: "x.yaml").warnings.map {
        "\($0.place.line):\($0.place.column): \($0.message)"
      }
    }
    let rest = "data: {source: shapes}\ntraining: {steps: 1}\n"
    // √ of ᾱ, the product of 1 − β over 250 steps from 1e-4 to 0.02.
    let early = try warnings(
      "diffusion: {steps: 250, schedule: {kind: linear, beta_start: 0.0001, beta_end: 0.02}}\n"
        + rest)
    #expect(early.count == 1)
    #expect(
      early[0].hasPrefix(
        "1:80: after 250 steps these β leave 0.282 of the data (√ᾱ), but samples start from noise alone"
      ), "\(early)")
    #expect(try warnings("diffusion: {steps: 250}\n" + rest).isEmpty)
    #expect(
      try warnings("diffusion: {schedule: {kind: linear, beta_end: 0.02}}\n" + rest).isEmpty)

    let points =
      "data: {source: points, shape: moons}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n"
    let cosine = "diffusion: {schedule: {kind: cosine}}\n"
    #expect(
      try warnings(cosine + points).first?.hasPrefix("1:30: this schedule ends at ᾱ near 0") == true
    )
    #expect(try warnings(cosine + points + "sampling: {clip: true}\n").isEmpty)
    #expect(try warnings(cosine + rest).isEmpty)

    let drawn = try warnings("training: {steps: 1, loss: vlb}\ndata: {source: shapes}\n")
    #expect(drawn.count == 1)
    #expect(
      drawn[0].hasPrefix("1:28: loss: vlb takes every pixel as one of 256 values, and those of sh"))
    let bytes = "training: {steps: 1, loss: vlb}\ndata: {source: cifar10, path: p"
    #expect(try warnings(bytes + "}\n").isEmpty)
    #expect(try warnings(bytes + ", brightness: 0.5}\n").count == 1)
    let told = "conditioning: {kind: vector}\ntraining: {steps: 1}\ndata: {source: shapes, "
    #expect(try warnings(told + "shift: 2, conditions: [size, red]}\n").isEmpty)
    #expect(
      try warnings(told + "shift: 2, conditions: [size, x, y]}\n").first?.hasPrefix(
        "3:46: data.conditions tells x, y of each image as it was before") == true)
  }

  @Test func anErrorShowsItsLineACaretAndAHint() throws {
    let text = """
      workbench: 1
      diffusion: {steps: 1000, shedule: {kind: linear}}
      data: {source: shapes}
      training: {steps: 1}
      """
    let error = try #require(try errors(of: text).first)
    #expect(
      error.description == """
        x.yaml:2:26: error: unknown key 'shedule' in 'diffusion'
          diffusion: {steps: 1000, shedule: {kind: linear}}
                                   ^
          hint: did you mean 'schedule'?
        """)
  }

  @Test func aLongLineIsCutAroundThePlace() throws {
    let text = "question: '" + String(repeating: "q", count: 500) + "\nbatch: 3\n"
    let error = try #require(try errors(of: text).first)
    let lines = error.description.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count < 200 })
    let wide = "training: {steps: 1, from: '" + String(repeating: "f", count: 500) + "', ema: 2}\n"
    let far = try #require(try errors(of: wide).first).description.split(separator: "\n")
    // The caret stands under the 2 although the line is cut at both ends or one.
    let caret = try #require(far[2].firstIndex(of: "^"))
    let column = far[2].distance(from: far[2].startIndex, to: caret)
    #expect(Array(far[1])[column] == "2")
  }

  @Test func controlCharactersNeverReachTheTerminal() throws {
    let text = "training: {steps: \"\\e[31m\"}\n\"k\\e]0;x\\a\": 1\n"
    for error in try errors(of: text) {
      #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    }
    #expect(try errors(of: text).count == 2)
  }

  @Test(arguments: [64, 65, 1000, 100_000])
  func deepNestingIsRefusedBeforeItIsFollowed(depth: Int) throws {
    let brackets =
      "data: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let found = try errors(of: brackets)
    // One level is the file's own mapping.
    #expect(found.map(\.message) == ["nested more than 64 deep"])
    #expect(found.first?.place.column == 70)
    let dashes = "data:\n" + String(repeating: "- ", count: depth) + "a\n"
    #expect(try errors(of: dashes).first?.message == "nested more than 64 deep")
  }

  @Test func sixtyFourDeepIsRead() throws {
    let text =
      "data: " + String(repeating: "[", count: 63) + String(repeating: "]", count: 63) + "\n"
    #expect(
      try errors(of: text).last?.message == "'data' expects a mapping, not a list")
  }

  @Test func aFileOfMoreThanAMebibyteIsRefused() throws {
    let text = "data: {source: shapes}\ntraining: {steps: 1}\n"
    let padding = String(repeating: "#\n", count: ((1 << 20) - text.utf8.count) / 2)
    #expect(try errors(of: text + padding).isEmpty)
    let found = try errors(of: text + padding + "####\n")
    #expect(found.count == 1)
    #expect(found.first?.message.contains("larger than 1 MiB") == true)
  }

  @Test func bytesThatAreNotUTF8HaveAPlace() throws {
    do {
      _ = try TextFile.decode(Array("name: a\nquestion: ".utf8) + [0xFF, 0x0A], path: "x.yaml")
      Issue.record("was read")
    } catch let error as ExperimentFileError {
      #expect(error.description.hasPrefix("x.yaml:2:11: error: the file is not UTF-8 text"))
    }
    let marked = try TextFile.decode([0xEF, 0xBB, 0xBF] + Array("a: 1".utf8), path: "x.yaml")
    #expect(marked == "a: 1")
  }

  @Test func aMissingFileIsNotFoundAndAFolderIsNoFile() throws {
    #expect(throws: ExperimentFileError.self) { try ExperimentFile.load(path: "/nowhere/x.yaml") }
    do {
      _ = try ExperimentFile.load(path: "/nowhere/x.yaml")
    } catch let error as ExperimentFileError {
      #expect(error.kind == .notFound)
      #expect(error.description == "error: no such file: /nowhere/x.yaml")
    }
    do {
      _ = try ExperimentFile.load(path: "/")
    } catch let error as ExperimentFileError {
      #expect(error.kind == .badInput)
    }
  }
}
