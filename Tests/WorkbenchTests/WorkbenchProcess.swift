import Foundation
import TestSupport
import Testing

/// The built program as a child process, as a shell starts it; its output goes to files, so that no pipe can fill.
struct WorkbenchProcess {
  /// How it ended and what it said.
  struct Ending {
    /// The exit code, or 128 + the signal that ended it.
    var code: Int
    var isSignalled: Bool
    var output: String
    var errors: String
  }

  let id: pid_t
  private let outputPath: String
  private let errorPath: String

  /// Longer than any test takes on the slowest machine: only a process that hangs meets it.
  private static let patience = Duration.seconds(120)

  /// - Parameters:
  ///   - arguments: the verb and what follows.
  ///   - folder: where its output is kept.
  ///   - environment: in place of the tests' own, of which only PATH, HOME and the like are handed on.
  ///   - launcher: a program, with its arguments, that starts it.
  init(
    _ arguments: [String], folder: String, environment: [String: String], launcher: [String] = []
  ) throws {
    let stem = "\(folder)/process-\(UUID().uuidString)"
    (outputPath, errorPath) = (stem + ".out", stem + ".err")

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
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, flags, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, flags, 0o644)
    // Signals as a shell leaves them, whatever the test runner does with them.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    let program = try builtProduct("workbench")
    var variables = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("WORKBENCH_")
    }
    variables.merge(environment) { $1 }
    let command = launcher + [program] + arguments
    var argv: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] =
      variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in argv + envp { free(text) } }
    var child: pid_t = 0
    let failure = posix_spawnp(&child, command[0], &actions, &attributes, &argv, &envp)
    try #require(failure == 0, "cannot start \(command[0]): \(String(cString: strerror(failure)))")
    id = child
  }

  func send(_ signal: Int32) { kill(id, signal) }

  /// Whether it has not ended; it stays to be waited for.
  var isRunning: Bool {
    var info = siginfo_t()
    return waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT) == 0
      && info.si_signo == 0
  }

  /// What it has printed so far.
  var output: String { text(outputPath) }

  private func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  /// Waits for its end; once only.
  func wait() -> Ending {
    let start = ContinuousClock.now
    var status: Int32 = 0
    while waitpid(id, &status, WNOHANG) == 0 {
      if ContinuousClock.now - start > Self.patience {
        Issue.record("process \(id) does not end")
        send(SIGKILL)
        waitpid(id, &status, 0)
        break
      }
      usleep(2000)
    }
    let signal = Int(status & 0x7F)
    return Ending(
      code: signal == 0 ? Int(status >> 8) & 0xFF : 128 + signal, isSignalled: signal != 0,
      output: text(outputPath), errors: text(errorPath))
  }
}
