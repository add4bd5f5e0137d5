import ArgumentParser
import Store

struct PinCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "pin", abstract: "Protect runs from being deleted, or list the pinned ones.")

  @OptionGroup var selection: RunSelection
  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func validate() throws { try selection.check(mayBeEmpty: true) }

  /// Prints every pinned run.
  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    if !selection.isEmpty { try store.pin(try selection.ids(store)) }
    return try pinnedRuns(store, format, style)
  }
}

struct UnpinCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "unpin", abstract: "Allow pinned runs to be deleted again.")

  @OptionGroup var selection: RunSelection
  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func validate() throws { try selection.check() }

  /// Prints the runs that are still pinned.
  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    try store.unpin(try selection.ids(store))
    return try pinnedRuns(store, format, style)
  }
}

private func pinnedRuns(
  _ store: RunStore, _ format: JSONOption, _ style: TerminalStyle
) throws -> String {
  let fields = RunFields(parameters: .only([]), metrics: .only([]), overrides: false)
  let runs = try store.runs(fields: fields).filter { $0.pinned != nil }
  if format.json {
    struct Pin: Encodable {
      var id: String
      var experiment: String?
      var label: String?
      var pinned: String?
    }
    return try jsonDocument(
      runs.map {
        Pin(id: $0.id, experiment: $0.experiment, label: $0.label, pinned: $0.pinned)
      })
  }
  let ids = shortIDs(runs.map(\.id))
  var table = TextTable([.init("id", .id), "experiment", "label", .init("pinned", .id)])
  for run in runs {
    table.append([
      ids[run.id] ?? run.id, run.experiment ?? "–", run.label ?? "–", run.pinned ?? "–",
    ])
  }
  return runs.isEmpty ? "" : table.rendered(style: style)
}
