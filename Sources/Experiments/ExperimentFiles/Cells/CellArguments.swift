import Text

/// A cell as the command line says it: `y=eval/loss x=sampling.steps`, or one of the experiment's own by its name, some of
/// its keys changed; or one of another kind: `importance metric=eval/loss`.
package enum CellArguments {
  /// Keys whose values are taken as they stand: no quotes needed inside the shell's own.
  package static let prose: Set<String> = ["query", "where", "title", "xlabel", "ylabel"]

  /// - Parameters:
  ///   - kind: of the cell, where it is none of `cells`.
  ///   - arguments: `key=value` each, and the name of a cell without an equals sign.
  ///   - cells: the experiment's own.
  ///   - imported: names that its runs have from other programs.
  /// - Throws: `ExperimentFileError`.
  package static func read(
    kind: String, _ arguments: [String], among cells: [ReportCell],
    imported: ImportedNames = .none
  ) throws -> ReportCell {
    var diagnostics = Diagnostics()
    let start = SourceText(name: "the command line", text: "").start
    var body = SourceNode(content: .mapping([]), place: start)
    var kind = kind
    for (index, word) in arguments.enumerated() where !word.contains("=") {
      let place = SourceText(override: word).start
      let named = cells.first { ($0.name ?? $0.fileName) == word }
      if index == 0, named == nil, CellKinds.named(word) != nil {
        kind = word
        continue
      }
      if index > 0 || named == nil {
        let names = cells.map { $0.name ?? $0.fileName }
        throw ExperimentFileError(
          index > 0
            ? "\(quoted(word)) is not key=value" : "there is no cell \(quoted(word)) in the report",
          at: place,
          hint: Suggestion.hint(for: word, among: names + CellKinds.all.map { $0.kind })
            ?? "a cell's name comes first, then keys like y=train/loss"
            + (names.isEmpty ? "" : "; the cells: \(names.joined(separator: ", "))"))
      }
      guard let named else { continue }
      kind = named.kind
      body = SourceNode(json: named.source, at: place)
      if body.entries == nil, let key = CellKinds.named(kind)?.mainKey {
        body = SourceNode(
          content: .mapping([.init(key: key, keyPlace: place, value: body)]), place: place)
      }
    }
    let keys = arguments.filter { $0.contains("=") }
    if let given = Overrides.read(keys, isText: prose.contains, into: &diagnostics) {
      body = body.merged(under: given)
    }
    let item = SourceNode(
      content: .mapping([.init(key: kind, keyPlace: start, value: body)]), place: start)
    let read = CellReader.read(
      SourceNode(content: .sequence([item]), place: start), imported: imported, into: &diagnostics)
    guard let cell = read.first, diagnostics.isEmpty else {
      throw ExperimentFileError(diagnostics.list)
    }
    guard cell.references.isEmpty else {
      throw ExperimentFileError(
        "the cell takes values from other cells of its report", at: start,
        hint: "write the report, whose pictures are files")
    }
    return cell
  }
}
