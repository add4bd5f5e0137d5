import Foundation
import TestSupport
import Testing

/// The built program on a terminal of its own, which the test reads and types at.
final class TerminalProcess {
  let id: pid_t
  private let master: Int32
  private let size: (width: Int, height: Int)
  private var bytes: [UInt8] = []
  /// What the terminal was like before.
  private let mode: termios

  /// Only a program that hangs meets it.
  private static let patience = Duration.seconds(120)

  init(
    _ arguments: [String], environment: [String: String], width: Int = 100, height: Int = 30
  ) throws {
    size = (width, height)
    let slave: String
    #if os(Linux)
      // What `posix_openpt`, `unlockpt` and `ptsname` do, which Glibc's module does not have.
      master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      var number: CInt = 0
      try #require(master >= 0 && ioctl(master, 0x4004_5431, &number) == 0)
      try #require(ioctl(master, 0x8004_5430, &number) == 0)
      slave = "/dev/pts/\(number)"
      let startsSession: Int16 = 0x80
    #else
      master = posix_openpt(O_RDWR | O_NOCTTY)
      try #require(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0)
      slave = String(cString: try #require(ptsname(master)))
      let startsSession = Int16(POSIX_SPAWN_SETSID)
    #endif
    _ = fcntl(master, F_SETFD, FD_CLOEXEC)
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    var window = winsize(
      ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &window)
    var mode = termios()
    tcgetattr(master, &mode)
    self.mode = mode

    #if os(Linux)
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #else
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // The first terminal that a session's leader opens is its own.
    for descriptor in Int32(0)...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, slave, O_RDWR, 0)
    }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGTSTP] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | startsSession)
    let program = try builtProduct("workbench")
    var variables = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("WORKBENCH_") && !["TMUX", "NO_COLOR", "LC_ALL"].contains($0.key)
    }
    variables.merge(["TERM": "xterm-256color", "LANG": "C.UTF-8"]) { $1 }
    variables.merge(environment) { $1 }
    var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] =
      variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in argv + envp { free(text) } }
    var child: pid_t = 0
    let failure = posix_spawn(&child, program, &actions, &attributes, &argv, &envp)
    try #require(failure == 0, "cannot start \(program): \(String(cString: strerror(failure)))")
    id = child
  }

  deinit { close(master) }

  func send(_ signal: Int32) { kill(id, signal) }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(master, bytes, bytes.count)
  }

  /// Another size, which the program is told.
  func resize(width: Int, height: Int) {
    var window = winsize(
      ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &window)
  }

  /// What the terminal shows now, and has been sent.
  var screen: VirtualTerminal {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(master, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    // Half a letter waits for the other half.
    var end = bytes.count
    while end > 0, end > bytes.count - 4, String(validating: bytes[..<end], as: UTF8.self) == nil {
      end -= 1
    }
    var terminal = VirtualTerminal(width: size.width, height: size.height)
    terminal.send(String(decoding: bytes[..<end], as: UTF8.self))
    return terminal
  }

  /// Waits until the terminal shows something.
  @discardableResult
  func wait(
    for what: String = "", sourceLocation: SourceLocation = #_sourceLocation,
    _ isThere: (VirtualTerminal) -> Bool
  ) -> VirtualTerminal {
    let start = ContinuousClock.now
    while true {
      let screen = screen
      if isThere(screen) { return screen }
      if ContinuousClock.now - start > Self.patience {
        Issue.record("never came: \(what)\n\(screen.text)", sourceLocation: sourceLocation)
        return screen
      }
      usleep(5000)
    }
  }

  /// Waits for its end; once only.
  /// - Returns: the exit code, or 128 + the signal that ended it.
  func end() -> (code: Int, screen: VirtualTerminal) {
    var status: Int32 = 0
    let start = ContinuousClock.now
    while waitpid(id, &status, WNOHANG) == 0 {
      // A terminal that nobody reads would hold it up.
      _ = screen
      if ContinuousClock.now - start > Self.patience {
        Issue.record("process \(id) does not end")
        send(SIGKILL)
        waitpid(id, &status, 0)
        break
      }
      usleep(2000)
    }
    let signal = Int(status & 0x7F)
    return (signal == 0 ? Int(status >> 8) & 0xFF : 128 + signal, screen)
  }

  /// Whether keys come as they did before the program began.
  var isAsBefore: Bool {
    var now = termios()
    tcgetattr(master, &now)
    return now.c_lflag == mode.c_lflag && now.c_iflag == mode.c_iflag
      && now.c_oflag == mode.c_oflag
  }
}
