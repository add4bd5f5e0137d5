import ArgumentParser
import Foundation
import Store
import Text
import Watching

struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Look at the run store in the terminal while runs learn.",
    discussion: """
      Experiments, their settings and runs, curves and the newest samples, redrawn when the store \
      changes: arrow keys move, Enter opens, Esc goes back, ? lists all keys, q quits. It reads and \
      writes nothing. Samples are pictures where the terminal takes some (Kitty's protocol, sixel), \
      else blocks of its colours. Without a terminal, or with --once, one screen is printed as text.
      """)

  @Argument(help: "An experiment's name; without it, the list of all.")
  var experiment: String?

  @Option(
    help: ArgumentHelp(
      "Draw pictures by: auto, \(TerminalAbilities.Pictures.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "how"),
    transform: WatchCommand.pictures)
  var pictures: PictureChoice = .auto

  @Flag(help: "Print one screen and end.")
  var once = false

  @OptionGroup var store: StoreOptions

  enum PictureChoice: Equatable {
    case auto
    case this(TerminalAbilities.Pictures)
  }

  private static func pictures(_ name: String) throws -> PictureChoice {
    if name == "auto" { return .auto }
    guard let choice = TerminalAbilities.Pictures(rawValue: name) else {
      throw ValidationError("'\(printable(name))' is no way to draw pictures.")
    }
    return .this(choice)
  }

  func run() async throws {
    let store = try store.open()
    if let experiment { _ = try store.experiment(experiment) }
    let place = experiment.map { WatchState.Place.experiment($0) } ?? .experiments
    let environment = ProcessInfo.processInfo.environment
    let isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
    guard isTerminal, !once else {
      return printText(try onePage(store, place, environment))
    }
    try WatchLoop(store: store, place: place, abilities: abilities(environment)).run()
  }

  private func abilities(_ environment: [String: String]) -> TerminalAbilities {
    switch pictures {
    case .auto: TerminalAbilities(environment: environment)
    case .this(let choice): TerminalAbilities(environment: environment, pictures: choice)
    }
  }

  /// One screen as lines: coloured on a terminal, plain elsewhere.
  func onePage(
    _ store: RunStore, _ place: WatchState.Place, _ environment: [String: String]
  ) throws -> String {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    var abilities = abilities(environment)
    if !isTerminal { (abilities.pictures, abilities.colors) = (.none, .none) }
    // What is not drawn in place has no place for pictures but lines.
    if abilities.pictures != .none { abilities.pictures = .blocks }
    let width =
      TerminalStyle.width(of: STDOUT_FILENO)
      ?? environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
    let reader = WatchReader(store: store)
    let state = WatchState(place: place)
    var data = WatchData()
    for part in WatchReader.Part.allCases { try reader.read(part, state, into: &data) }
    let screen = WatchScreen(
      data, state, width: min(max(width, 1), 500), height: 40, abilities: abilities)
    // Without the line of keys.
    return screen.canvas.rows.dropLast().map {
      isTerminal
        ? ScreenWriter(abilities).line($0) + "\n"
        : Canvas.text(of: $0, abilities) + "\n"
    }.joined()
  }
}
