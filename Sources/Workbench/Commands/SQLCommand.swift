import ArgumentParser
import Exchange
import Store

struct SQLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sql",
    abstract: "Query the run store in SQL; read-only.",
    discussion: "'workbench sql --schema' describes the views and gives examples.")

  @Argument(help: "One SELECT (or WITH, VALUES, EXPLAIN).")
  var query: String?

  @Option(
    help: ArgumentHelp(
      """
      Adds the view 'wide' of this experiment: one row per run, one column per swept setting and \
      per metric's last value.
      """, valueName: "name"))
  var experiment: String?

  @Flag(help: "Describe the views, with examples.")
  var schema = false

  @OptionGroup var table: TableOptions
  @OptionGroup var store: StoreOptions

  func validate() throws {
    if (query == nil) != schema {
      throw ValidationError("Give one query, or --schema.")
    }
  }

  func run() async throws {
    if let query {
      printText(try output(query, store.open()))
    } else {
      printText(try description())
    }
  }

  func output(_ query: String, _ store: RunStore) throws -> String {
    let result = try store.query(query, experiment: experiment)
    if table.json { return try jsonDocument(result) }
    var text = TextTable(
      result.columns.indices.map { index in
        TextTable.Column(
          result.columns[index],
          alignsRight: result.rows.contains { $0[index].isNumber }
            && result.rows.allSatisfy { $0[index].isNumber || $0[index] == .null })
      })
    for row in result.rows {
      text.append(row.map(\.cell))
    }
    return text.rendered(table.format)
  }

  func description() throws -> String {
    let documentation = StoreDocumentation.current
    if table.json { return try jsonDocument(documentation) }
    var sections = documentation.views.map { view in
      var table = TextTable([.init("  " + view.name), .init(view.about)])
      for column in view.columns {
        table.append(["    " + column.name, column.about])
      }
      return table.rendered()
    }
    sections.insert("Views\n", at: 0)
    sections.append(
      """
      With --experiment NAME also 'wide': one row per run of that experiment, with id, label, state,
      seed, step, seconds, one column per swept setting and one per metric (its last value).
      Put such names in double quotes: SELECT "diffusion.schedule.kind", "eval/loss" FROM wide

      """)
    let examples = documentation.examples.map { example in
      "  -- \(example.question)\n"
        + example.sql.split(separator: "\n").map { "  \($0)\n" }.joined()
    }
    return sections.joined(separator: "\n") + "\nExamples\n\n" + examples.joined(separator: "\n")
  }
}

extension QueryResult.Value {
  var isNumber: Bool {
    switch self {
    case .integer, .number: true
    default: false
    }
  }

  /// NULL is nothing.
  var cell: TableCell {
    switch self {
    case .null: .none
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .text(let value): .text(value)
    case .bytes(let count): .text("(\(count) bytes)")
    }
  }
}
