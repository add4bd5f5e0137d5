import Foundation
import Testing

/// docs/design.md's table of modules against Package.swift, and the sources' imports against both.
@Suite struct ModuleTests {
  struct Module {
    var name: String
    /// `C`, `Swift`, `system library` or `executable`.
    var kind: String
    /// Where its files lie, from the project's root.
    var folder: String
    /// Targets and products, in alphabetical order.
    var dependencies: [String]
  }

  /// The targets of Package.swift, tests and what only they need left out.
  static func modules() throws -> [Module] {
    let manifest = try DocumentationTests.text("Package.swift")
    let declaration = /\.(target|systemLibrary|executableTarget)\(\s*name: "(\w+)"/
    let starts = manifest.matches(of: declaration)
    return try zip(starts, starts.dropFirst().map(\.range.lowerBound) + [manifest.endIndex])
      .compactMap { start, end in
        let text = manifest[start.range.lowerBound..<end]
        let name = String(start.2)
        let folder = text.firstMatch(of: /path: "([^"]+)"/).map { String($0.1) }
        guard folder?.hasPrefix("Tests/") != true else { return nil }
        let list =
          text.firstMatch(of: /dependencies: \[((?:[^\[\]]|\[[^\]]*\])*)\]/)
          .map { $0.1.replacing(/package: "[^"]+"/, with: "") } ?? ""
        let path = folder ?? "Sources/\(name)"
        let files = try FileManager.default.contentsOfDirectory(
          atPath: DocumentationTests.root.appending(path: path).path)
        let kind =
          switch start.1 {
          case "systemLibrary": "system library"
          case "executableTarget": "executable"
          default: files.contains("include") ? "C" : "Swift"
          }
        return Module(
          name: name, kind: kind, folder: path,
          dependencies: list.matches(of: /"(\w+)"/).map { String($0.1) }.sorted())
      }
  }

  /// The rows of the table, by the module's name: kind, and what it may import.
  private static func documented() throws -> [String: (kind: String, imports: String)] {
    let design = try DocumentationTests.text("docs/design.md")
    let row = /(?m)^\| `(\w+)` \| ([^|]+) \| [^|]+ \| ([^|]+) \|$/
    return Dictionary(
      uniqueKeysWithValues: design.matches(of: row).map {
        (String($0.1), (kind: String($0.2), imports: String($0.3)))
      })
  }

  @Test func theTableIsThatOfTheManifest() throws {
    let modules = try Self.modules()
    try #require(modules.count > 15)
    let rows = try Self.documented()
    #expect(Set(rows.keys) == Set(modules.map(\.name)))
    for module in modules {
      let imports =
        module.dependencies.isEmpty ? "–" : module.dependencies.joined(separator: ", ")
      let row = try #require(rows[module.name], "docs/design.md has no \(module.name)")
      #expect(
        row.kind == module.kind && row.imports == imports,
        "write anew: | `\(module.name)` | \(module.kind) | … | \(imports) |")
    }
  }

  /// The compiler refuses what is not built yet, and lets pass what happens to be.
  @Test func sourcesImportWhatTheTableAllows() throws {
    let modules = try Self.modules()
    let names = Set(modules.map(\.name)).union(modules.flatMap(\.dependencies))
    for module in modules where module.kind == "Swift" || module.kind == "executable" {
      let folder = DocumentationTests.root.appending(path: module.folder)
      let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".swift") }
      try #require(!files.isEmpty)
      for file in files {
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        let pattern =
          /(?m)^(?:@\w+ )?(?:public |package |internal |private )?import (?:(?:struct|func|enum|class) )?(\w+)/
        for match in text.matches(of: pattern) where names.contains(String(match.1)) {
          #expect(
            module.dependencies.contains(String(match.1)),
            "\(module.folder)/\(file) imports \(match.1)")
        }
      }
    }
  }

  /// No target is allowed what comes after it in the table: the arrows have one direction.
  @Test func modulesComeAfterWhatTheyImport() throws {
    var seen: Set<String> = []
    let modules = try Self.modules()
    let own = Set(modules.map(\.name))
    for module in modules {
      let early = Set(module.dependencies).intersection(own).subtracting(seen)
      #expect(early.isEmpty, "\(module.name) comes before \(early.sorted())")
      seen.insert(module.name)
    }
  }

  @Test func whatTheDesignAsksIsFound() throws {
    let answers = try DocumentationTests.text("docs/design.md")
      .matches(of: /(?m)^\| [^|]+\? \| `([^`]+)` \|$/)
    #expect(answers.count >= 20)
    for answer in answers {
      let path = DocumentationTests.root.appending(path: "Sources/\(answer.1)").path
      #expect(FileManager.default.fileExists(atPath: path), "design.md answers \(answer.1)")
    }
  }
}
