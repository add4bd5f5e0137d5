import Analysis
import ArgumentParser
import Store
import Text

struct NoteCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "note",
    abstract: "Write a note about a run, remove one, or list them.")

  @Argument(help: RunArgument.help)
  var reference: String

  @Argument(help: "The note; without it, the run's notes are listed.")
  var text: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Remove the run's note of this number, counted from 1.", valueName: "n"))
  var remove: Int?

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func validate() throws {
    if let text, text.allSatisfy(\.isWhitespace) { throw ValidationError("The note is empty.") }
    if text != nil, remove != nil { throw ValidationError("Write a note or remove one, not both.") }
  }

  /// Prints what the run's notes are now.
  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    let id = try store.resolve(
      reference, for: text == nil && remove == nil ? .reading : .change)
    if let text { try store.addNote(text, run: id) }
    if let remove { try store.removeNote(remove, run: id) }
    let notes = try store.notes(run: id)
    return format.json
      ? try jsonDocument(notes)
      : notes.map { "\($0.created)  \(printable($0.text, lines: true))\n" }.joined()
  }
}
