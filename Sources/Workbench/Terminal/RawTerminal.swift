import Foundation
import Synchronization
import Watching

/// A terminal that a program draws on: another screen, keys as they are pressed, no cursor. Whatever ends the program, the
/// terminal is left as it was found.
final class RawTerminal {
  private let input: Int32
  private let output = STDOUT_FILENO
  private var saved: termios?
  private let ownsInput: Bool

  /// - Throws: where there is no terminal to read keys from.
  init() throws {
    if isatty(STDIN_FILENO) == 1 {
      (input, ownsInput) = (STDIN_FILENO, false)
    } else {
      // Something is piped in: keys come from the terminal all the same.
      (input, ownsInput) = (open("/dev/tty", O_RDONLY | O_CLOEXEC), true)
    }
    guard input >= 0 else {
      throw Failure(.usage, "there is no terminal to read keys from; --once prints one screen")
    }
    WakeUp.prepare()
  }

  deinit {
    leave()
    if ownsInput { close(input) }
  }

  /// Columns and rows; what is usual where they are not known.
  var size: (width: Int, height: Int) {
    var size = winsize()
    guard ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return (80, 24)
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Pixels of a place, where the system knows them.
  var cell: (width: Int, height: Int)? {
    var size = winsize()
    guard ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0,
      size.ws_xpixel > 0, size.ws_ypixel > 0
    else { return nil }
    return (Int(size.ws_xpixel / size.ws_col), Int(size.ws_ypixel / size.ws_row))
  }

  // MARK: - Taking and leaving it

  func enter() {
    guard saved == nil else { return }
    var mode = termios()
    if tcgetattr(input, &mode) == 0 {
      saved = mode
      // Signals stay keys: ctrl-C, ctrl-Z.
      mode.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
      // They do not throw away what is on its way to the screen, which could end within a control sequence.
      mode.c_lflag |= tcflag_t(NOFLSH)
      mode.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR | ISTRIP)
      tcsetattr(input, TCSANOW, &mode)
    }
    // Another screen, no cursor, no wrapping, what is pasted in brackets.
    write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[?2004h")
  }

  /// - Parameter pictures: what takes pictures away that are still shown.
  func leave(pictures: String = "") {
    guard var mode = saved else { return }
    saved = nil
    write(pictures + "\u{1B}[0m\u{1B}[?2026l\u{1B}[?2004l\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
    tcsetattr(input, TCSADRAIN, &mode)
  }

  /// - Returns: false where nobody is there any more.
  @discardableResult
  func write(_ text: String) -> Bool { text.isEmpty || writeText(text, to: output) }

  // MARK: - Waiting

  enum Event {
    case bytes([UInt8])
    /// A signal has come.
    case wokenUp
    case nothing
    /// The terminal is gone.
    case closed
  }

  /// - Parameter milliseconds: to wait at most.
  func wait(milliseconds: Int) -> Event {
    var places = [
      pollfd(fd: input, events: Int16(POLLIN), revents: 0),
      pollfd(fd: WakeUp.reading, events: Int16(POLLIN), revents: 0),
    ]
    let count = poll(&places, nfds_t(places.count), Int32(clamping: milliseconds))
    guard count > 0 else { return count < 0 && errno == EINTR ? .wokenUp : .nothing }
    if places[1].revents != 0 {
      WakeUp.clear()
      return .wokenUp
    }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let read = read(input, &buffer, buffer.count)
    if read < 0, errno == EINTR || errno == EAGAIN { return .nothing }
    return read > 0 ? .bytes(Array(buffer[..<read])) : .closed
  }

  /// Reads what the terminal still has to say, so that a shell does not take it for keys.
  func drain(milliseconds: Int, until isOver: ([UInt8]) -> Bool) {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    while ContinuousClock.now < end {
      guard case .bytes(let bytes) = wait(milliseconds: 20) else { continue }
      if isOver(bytes) { return }
    }
  }
}

/// Signals as bytes in a pipe, so that a program that waits for keys hears of them.
enum WakeUp {
  private static let ends = Atomic<UInt64>(0)
  private static let pending = Atomic<UInt32>(0)

  static var reading: Int32 { Int32(truncatingIfNeeded: ends.load(ordering: .relaxed) >> 32) }
  private static var writing: Int32 {
    Int32(truncatingIfNeeded: ends.load(ordering: .relaxed) & 0xFFFF_FFFF)
  }

  /// What may come: another size, ctrl-Z, the end of the terminal.
  private static let signals = [SIGWINCH, SIGTSTP, SIGHUP]

  static func prepare() {
    guard ends.load(ordering: .relaxed) == 0 else { return }
    var pair: [Int32] = [-1, -1]
    guard pipe(&pair) == 0 else { return }
    for end in pair {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    ends.store(
      UInt64(UInt32(bitPattern: pair[0])) << 32 | UInt64(UInt32(bitPattern: pair[1])),
      ordering: .relaxed)
    for number in signals { catchSignal(number) }
  }

  static func catchSignal(_ number: Int32) { signal(number) { WakeUp.note($0) } }

  /// Of a signal's handler, and of threads.
  static func note(_ number: Int32) {
    pending.bitwiseOr(1 << UInt32(number), ordering: .relaxed)
    var byte: UInt8 = 0
    _ = Foundation.write(writing, &byte, 1)
  }

  static func clear() {
    var buffer = [UInt8](repeating: 0, count: 64)
    while read(reading, &buffer, buffer.count) > 0 {}
  }

  /// Whether a signal has come since this was asked last.
  static func take(_ number: Int32) -> Bool {
    let bit: UInt32 = 1 << UInt32(number)
    return pending.bitwiseAnd(~bit, ordering: .relaxed).oldValue & bit != 0
  }
}
