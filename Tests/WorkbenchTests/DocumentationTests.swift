import ArgumentParser
import ExperimentFiles
import Foundation
import Testing

@testable import Workbench

/// The documents against the program: what they name is there, and the other way round.
@Suite struct DocumentationTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The first column of docs/cli.md's table of verbs: `verb ARGUMENTS [--options]`.
  static func documented() throws -> [(verb: String, usage: Substring)] {
    try text("docs/cli.md").matches(of: /(?m)^\| `(([a-z]+)[^`]*)` \|/).map {
      (verb: String($0.2), usage: $0.1)
    }
  }

  /// The words that begin with a hyphen.
  static func options(_ text: Substring) -> [Substring] {
    text.split { " \n[],|`".contains($0) }.filter { $0.hasPrefix("-") }
  }

  @Test func verbsAndTheirDocumentationAgree() throws {
    let verbs = Workbench.configuration.subcommands.filter { $0.configuration.shouldDisplay }
      .map { $0._commandName }
    #expect(try Set(verbs) == Set(Self.documented().map(\.verb)))
  }

  @Test func documentedOptionsExist() throws {
    let commands = Dictionary(
      uniqueKeysWithValues: Workbench.configuration.subcommands.map { ($0._commandName, $0) })
    for (verb, usage) in try Self.documented() {
      guard let command = commands[verb] else { continue }  // the test above says so
      let help = ([command] + command.configuration.subcommands)
        .map { Workbench.helpMessage(for: $0, columns: 200) }.joined()
      let taken = Set(Self.options(help[...]))
      for option in Self.options(usage) {
        #expect(taken.contains(option), "\(verb) has no \(option), which docs/cli.md names")
      }
    }
  }

  /// README and what is in `docs/`, by their paths.
  static func pages() throws -> [String] {
    try ["README.md"]
      + FileManager.default.subpathsOfDirectory(atPath: root.appending(path: "docs").path)
      .filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
  }

  /// What stands between fences, with the language that the fence names.
  static func fenced(_ page: String) throws -> [(language: String, text: String)] {
    try text(page).matches(of: /(?ms)^```([a-z]*)[^\n]*\n(.*?)^```/).map {
      (String($0.1), String($0.2))
    }
  }

  /// The words of a line as a shell has them; nil of a line that only shows a form.
  static func words(_ line: Substring) -> [String]? {
    var (words, word, quote) = ([String](), nil as String?, nil as Character?)
    for letter in line {
      switch (letter, quote) {
      case (let letter, let open?) where letter == open: quote = nil
      case (_, _?): word = (word ?? "") + String(letter)
      case ("'", nil), ("\"", nil): (quote, word) = (letter, word ?? "")
      case ("#", nil) where word == nil: return words
      case ("…", nil), ("|", nil): return nil
      case (">", nil): return words
      case (" ", nil):
        if let whole = word { words.append(whole) }
        word = nil
      default: word = (word ?? "") + String(letter)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }

  @Test func everyCommandIsOne() throws {
    var count = 0
    for page in try Self.pages() {
      for line in try Self.fenced(page).flatMap({ $0.text.split(separator: "\n") })
      where line.hasPrefix("workbench ") {
        guard let words = Self.words(line) else { continue }
        count += 1
        #expect(throws: Never.self, "\(page): \(line)") {
          _ = try Workbench.parseAsRoot(Array(words.dropFirst()))
        }
      }
    }
    #expect(count > 30)
  }

  /// Parts of a file lack what a run needs, and base files are elsewhere.
  @Test func everyExperimentFileIsOne() throws {
    var count = 0
    for page in try Self.pages() {
      for block in try Self.fenced(page) where block.language == "yaml" {
        let text = block.text.replacing(/(?m)^extends:.*$/, with: "")
        let part = text.hasPrefix("  ") ? "sweep:\n" + text : text
        count += 1
        do {
          _ = try ExperimentFile.read(text: part, path: "experiments/part.yaml")
        } catch let error as ExperimentFileError {
          for diagnostic in error.diagnostics
          where !Self.isOfParts.contains(where: { diagnostic.message.contains($0) }) {
            Issue.record("\(page): \(diagnostic)")
          }
        }
      }
    }
    #expect(count > 10)
  }

  private static let isOfParts = ["missing", "needs", "the file is empty", "varies nothing"]

  @Test func linksLeadSomewhere() throws {
    for document in try Self.pages() + [
      "CONTRIBUTING.md", "CHANGELOG.md", "Benchmarks/README.md",
      "Tests/DiffusionTests/Goldens/README.md",
    ] {
      let folder = Self.root.appending(path: document).deletingLastPathComponent()
      for link in try Self.text(document).matches(of: /\]\(([^)#]+)[^)]*\)/)
      where !link.1.contains("://") {
        let target = folder.appending(path: String(link.1)).standardizedFileURL.path
        #expect(FileManager.default.fileExists(atPath: target), "\(document) links to \(link.1)")
      }
    }
  }
}
