import Analysis
import ArgumentParser
import Store
import Text

struct TagCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Tag a run, remove its tags, or list them.",
    discussion: "Without a run, lists every tag and how many runs have it.")

  @Argument(help: RunArgument.help)
  var reference: String?

  @Argument(help: "Tags to add; without any, the run's tags are listed.")
  var tags: [String] = []

  @Flag(help: "Remove the tags.")
  var remove = false

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func validate() throws {
    if remove, tags.isEmpty { throw ValidationError("Name the tags to remove.") }
    if let bad = tags.first(where: { !TagCommand.isValid($0) }) {
      throw ValidationError(
        "'\(printable(bad))' is not a valid tag: use up to 64 letters, digits, and any of . _ - : / +"
      )
    }
  }

  /// Prints what the run's tags are now.
  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    guard let reference else { return try all(store, style) }
    let id = try store.resolve(reference, for: tags.isEmpty ? .reading : .change)
    if remove {
      try store.removeTags(tags, run: id)
    } else if !tags.isEmpty {
      try store.addTags(tags, run: id)
    }
    let tags = try store.tags(run: id)
    return format.json ? try jsonDocument(tags) : tags.map { printable($0) + "\n" }.joined()
  }

  private func all(_ store: RunStore, _ style: TerminalStyle) throws -> String {
    let counts = try store.tagCounts()
    if format.json { return try jsonDocument(counts) }
    var table = TextTable(["tag", .number("runs")])
    for (tag, count) in counts.sorted(by: { $0.key < $1.key }) {
      table.append([tag, String(count)])
    }
    return counts.isEmpty ? "" : table.rendered(style: style)
  }

  static func isValid(_ tag: String) -> Bool {
    (1...64).contains(tag.count)
      && tag.allSatisfy { $0.isLetter || $0.isNumber || "._-:/+".contains($0) }
  }
}
