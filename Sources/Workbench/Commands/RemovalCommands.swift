import ArgumentParser
import Store
import Values

struct RmCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Delete runs; 'restore' brings them back until 'gc'.",
    discussion: """
      A deleted run keeps everything, but no list, report or view shows it. All the runs named are \
      deleted, or none if one must stay: a pinned run, a run in progress, and, without --shared, one \
      that several experiments contain. Running a file that contains a deleted run brings it back.
      """)

  @OptionGroup var selection: RunSelection

  @Flag(help: "Also runs that several experiments contain.")
  var shared = false

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func validate() throws { try selection.check() }

  /// Prints what was deleted.
  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    let removed = try store.remove(try selection.ids(store), shared: shared)
    return format.json ? try jsonDocument(removed) : removals(removed, "deleted", style)
  }
}

struct RestoreCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Bring deleted runs back as they were.",
    discussion: "'workbench runs --deleted' lists them.")

  @OptionGroup var selection: RunSelection
  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func validate() throws { try selection.check() }

  /// Prints what came back.
  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    let restored = try store.restore(try selection.ids(store, deleted: true))
    return format.json ? try jsonDocument(restored) : removals(restored, "restored", style)
  }
}

private func removals(_ runs: [RunRemoval], _ verb: String, _ style: TerminalStyle) -> String {
  if runs.isEmpty { return "no run \(verb)\n" }
  let ids = shortIDs(runs.map(\.id))
  var table = TextTable([.init(verb, .id), "run", .init("state", .state)])
  for run in runs {
    table.append([
      ids[run.id] ?? run.id, run.names.isEmpty ? "–" : run.names.joined(separator: ", "),
      run.state.rawValue,
    ])
  }
  return table.rendered(style: style)
}
