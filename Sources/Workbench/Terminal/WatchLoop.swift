import ArgumentParser
import ExperimentFiles
import Foundation
import Store
import Text
import Watching

/// Draws, waits for keys and for the store to change, and draws what is another then.
final class WatchLoop {
  private let reader: WatchReader
  private var state: WatchState
  private var data = WatchData()
  private var writer: ScreenWriter
  private var decoder = KeyDecoder()
  private let terminal: RawTerminal
  private var version: Int?
  /// When to ask the store again.
  private var nextLook = ContinuousClock.now
  /// When to look whether runs still live.
  private var nextRoll = ContinuousClock.now + rollInterval
  private var hasAnswered = true

  /// Between two looks at the store.
  private static let interval = Duration.milliseconds(250)
  private static let rollInterval = Duration.seconds(5)
  /// How much longer than asking takes, the store is left alone.
  private static let rest = 19

  init(store: RunStore, place: WatchState.Place, abilities: TerminalAbilities) throws {
    reader = WatchReader(store: store)
    state = WatchState(place: place)
    writer = ScreenWriter(abilities)
    terminal = try RawTerminal()
  }

  func run() throws {
    let signals = InterruptSignals { WakeUp.note(SIGINT) }
    // The first screen is read before anything is drawn: an error is a message, as with every verb.
    version = try reader.store.dataVersion()
    try reader.read(.head, state, into: &data)
    terminal.enter()
    defer { terminal.leave(pictures: writer.removedPictures()) }
    if let cell = terminal.cell { writer.abilities.cell = cell }
    draw()
    if writer.abilities.isWorthAsking {
      hasAnswered = false
      terminal.write(TerminalAbilities.question)
    }
    // Training comes first where there is not room for both.
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
    read([.list, .chart, .samples])
    while signals.received == nil {
      switch terminal.wait(milliseconds: patience) {
      case .bytes(let bytes):
        guard take(decoder.feed(bytes)) else { return end() }
      case .nothing:
        guard take(decoder.settle()) else { return end() }
      case .wokenUp: break
      case .closed: throw ExitCode(128 + SIGHUP)
      }
      if WakeUp.take(SIGHUP) { throw ExitCode(128 + SIGHUP) }
      if WakeUp.take(SIGTSTP) { pause() }
      if WakeUp.take(SIGWINCH) {
        if let cell = terminal.cell { writer.abilities.cell = cell }
        writer.forget()
        draw()
      }
      look()
    }
    end()
    throw ExitCode(128 + (signals.received ?? SIGINT))
  }

  /// Milliseconds until something is due.
  private var patience: Int {
    if decoder.isWaiting { return 40 }
    return max(1, min(1000, Int((nextLook - .now) / .milliseconds(1))))
  }

  /// What the terminal has been asked and not answered yet is not for the shell.
  private func end() {
    guard !hasAnswered else { return }
    terminal.drain(milliseconds: 150) { bytes in
      decoder.feed(bytes).contains {
        if case .reply(.attributes) = $0 { true } else { false }
      }
    }
  }

  // MARK: - What comes

  /// - Returns: false if that is the end.
  private func take(_ inputs: [TerminalInput]) -> Bool {
    guard !inputs.isEmpty else { return true }
    let before = (state, writer.abilities)
    var isAnew = false
    for input in inputs {
      if case .reply(let reply) = input {
        if case .attributes = reply { hasAnswered = true }
        writer.abilities.learn(reply)
        continue
      }
      // Keys that came together each see what the one before has made of the list.
      let old = state
      switch state.handle(input, data) {
      case .quit: return false
      case .redraw: isAnew = true
      case .none: break
      }
      if state.place != old.place || state.condition != old.condition { refresh(from: old) }
    }
    if isAnew { writer.forget() }
    let parts = WatchReader.parts(from: before.0, to: state)
    if !parts.isEmpty { read(parts.filter { $0 != .head && $0 != .list }) }
    if before.0 != state || before.1 != writer.abilities || isAnew { draw() }
    return true
  }

  /// A list for another place or condition; the old one where that cannot be.
  private func refresh(from old: WatchState) {
    do {
      try reader.read(.head, state, into: &data)
      try reader.read(.list, state, into: &data)
    } catch {
      state = old
      state.problem = Self.text(error)
      if old.typed != nil { state.typed = old.typed }
    }
  }

  private static func text(_ error: any Error) -> String {
    let text = Failure(error)?.message ?? "\(error)"
    return text.hasPrefix("error: ") ? String(text.dropFirst("error: ".count)) : text
  }

  // MARK: - The store

  /// Reads and draws what has changed, if it is time to look.
  private func look() {
    guard ContinuousClock.now >= nextLook else { return }
    nextLook = .now + Self.interval
    if nextRoll <= .now {
      nextRoll = .now + Self.rollInterval
      // A run whose process has died says nothing any more.
      try? reader.store.noticeCrashedRuns()
    }
    guard let now = try? reader.store.dataVersion(), now != version else { return }
    version = now
    read(WatchReader.Part.allCases)
  }

  private func read(_ parts: [WatchReader.Part]) {
    let start = ContinuousClock.now
    for part in parts {
      do {
        try reader.read(part, state, into: &data)
      } catch {
        state.problem = Self.text(error)
      }
      // What comes first need not wait for the rest.
      if part == .list, parts.first == .list { draw() }
    }
    let taken = ContinuousClock.now - start
    nextLook = max(nextLook, .now + max(Self.interval, taken * Self.rest))
    if !parts.isEmpty { draw() }
  }

  // MARK: - Drawing

  private func draw() {
    let size = terminal.size
    let screen = WatchScreen(
      data, state, width: size.width, height: size.height, abilities: writer.abilities)
    terminal.write(writer.update(screen.canvas, pictures: screen.pictures))
  }

  /// Ctrl-Z: the shell has the terminal until `fg`.
  private func pause() {
    terminal.leave(pictures: writer.removedPictures())
    signal(SIGTSTP, SIG_DFL)
    raise(SIGTSTP)
    // Here again.
    WakeUp.catchSignal(SIGTSTP)
    terminal.enter()
    writer.forget()
    draw()
  }
}
