import ArgumentParser
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

  @Test func linksLeadSomewhere() throws {
    let documents = try FileManager.default.subpathsOfDirectory(
      atPath: Self.root.appending(path: "docs").path
    ).filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
    for document in documents + [
      "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Benchmarks/README.md",
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
