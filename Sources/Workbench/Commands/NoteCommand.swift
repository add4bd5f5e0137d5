import ArgumentParser
import Experiments

struct NoteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "Write a remark about a run, or list those there are.")

  @Argument(help: RunArgument.help)
  var reference: String

  @Argument(help: "The remark; without it, the run's notes are listed.")
  var text: String?

  @Flag(name: .long, help: "Print one JSON document.")
  var json = false

  @OptionGroup var store: StoreOptions

  func validate() throws {
    if let text, text.allSatisfy(\.isWhitespace) { throw ValidationError("The note is empty.") }
  }

  func run() async throws {
    printText(try output(store.open()))
  }

  /// Prints what the run's notes are now.
  func output(_ store: RunStore) throws -> String {
    let id = try store.resolve(reference)
    if let text { try store.addNote(text, run: id) }
    let notes = try store.notes(run: id)
    return json
      ? try jsonDocument(notes)
      : notes.map { "\($0.created)  \(printable($0.text, lines: true))\n" }.joined()
  }
}
