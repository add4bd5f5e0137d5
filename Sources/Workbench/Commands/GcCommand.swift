import ArgumentParser
import Store
import Text

struct GcCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Remove deleted runs, and whatever nothing refers to, for good.",
    discussion: """
      Removes runs that 'rm' deleted, pictures and networks that no run or report has, files and work \
      folders that the store does not know or that processes that died have left, and makes the \
      database smaller. Whatever a run that is not deleted, a report or a pin needs is kept, and so is \
      everything of a run in progress. If interrupted, it leaves nothing half done; the next call \
      continues.
      """)

  @Flag(help: "List what would be removed, and remove nothing.")
  var dryRun = false

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    let cleaning = dryRun ? try store.cleaning() : try store.clean()
    let damaged = try store.artifactProblems().1.count
    if damaged > 0 {
      printDiagnostic(
        "\(DecimalText.counted(damaged, "artifact is", "artifacts are")) missing or damaged; "
          + "'workbench doctor' says which, and what to do")
    }
    if format.json {
      return try jsonDocument(
        Document(
          dryRun: dryRun, items: cleaning.items, kept: cleaning.kept, bytes: cleaning.bytes,
          databaseBefore: cleaning.databaseBefore, databaseAfter: cleaning.databaseAfter))
    }
    var text = ""
    if !cleaning.items.isEmpty { text += list(cleaning.items).rendered(style: style) + "\n" }
    if !cleaning.kept.isEmpty {
      text += "Deleted, but kept for now:\n" + list(cleaning.kept).rendered(style: style) + "\n"
    }
    text +=
      cleaning.items.isEmpty
      ? "nothing to remove\n"
      : "\(dryRun ? "would remove" : "removed") \(NumberText.bytes(cleaning.bytes)) in "
        + DecimalText.counted(cleaning.items.count, "item") + "\n"
    if !dryRun, cleaning.databaseAfter != cleaning.databaseBefore {
      text +=
        "the database takes \(NumberText.bytes(cleaning.databaseAfter)); before, it took "
        + "\(NumberText.bytes(cleaning.databaseBefore))\n"
    }
    if let reason = cleaning.notShrunk {
      text +=
        "the database's file did not get smaller: \(printable(reason)); "
        + "the free space in it will be used again\n"
    }
    return text
  }

  private func list(_ items: [StoreCleaning.Item]) -> TextTable {
    var table = TextTable(["what", .init("name", .id), .number("size"), "why"])
    for item in items {
      // Hashes are long, and their beginnings tell them apart.
      let isHash = item.kind == .run || item.kind == .artifact
      table.append([
        GcCommand.word(item.kind),
        isHash ? String(item.name.prefix(12)) : GcCommand.short(item.name),
        NumberText.bytes(item.bytes), item.why,
      ])
    }
    return table
  }

  private static func word(_ kind: StoreCleaning.Kind) -> String {
    switch kind {
    case .run: "run"
    case .artifact: "artifact"
    case .strayFile: "file"
    case .workFolder: "work folder"
    }
  }

  /// A path whose last part is cut as hashes are.
  private static func short(_ path: String) -> String {
    let parts = path.split(separator: "/")
    guard let last = parts.last, last.count == 64 else { return path }
    return (parts.dropLast().map(String.init) + [String(last.prefix(12))]).joined(separator: "/")
  }

  private struct Document: Encodable {
    var dryRun: Bool
    var items: [StoreCleaning.Item]
    var kept: [StoreCleaning.Item]
    var bytes: Int
    var databaseBefore: Int
    var databaseAfter: Int
  }
}
