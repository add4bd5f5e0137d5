import Foundation

/// A child process, by the system's own calls: Foundation's `Process` on Linux can wait for ever
/// when several threads start children at once.
package struct ChildProcess: Sendable {
  package let id: Int32
  /// Where its standard output is read; nil if it goes nowhere.
  package let output: Int32?

  /// Starts a program, found in the PATH; its input and error output are `/dev/null`.
  /// - Returns: nil where there is no such program.
  package init?(_ command: [String], capturesOutput: Bool) {
    var ends: [Int32] = [-1, -1]
    if capturesOutput {
      guard pipe(&ends) == 0 else { return nil }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    defer { if ends[1] >= 0 { close(ends[1]) } }
    #if os(Linux)
      var actions = posix_spawn_file_actions_t()
    #else
      var actions: posix_spawn_file_actions_t?
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    if capturesOutput {
      posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    } else {
      posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    }
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child: pid_t = 0
    guard posix_spawnp(&child, command[0], &actions, nil, &arguments, environ) == 0 else {
      if ends[0] >= 0 { close(ends[0]) }
      return nil
    }
    id = child
    output = capturesOutput ? ends[0] : nil
  }

  /// Some bytes of its output; nil at the end.
  package func read() -> [UInt8]? {
    guard let output else { return nil }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(output, &buffer, buffer.count)
      if count > 0 { return Array(buffer.prefix(count)) }
      if count == 0 || errno != EINTR { return nil }
    }
  }

  package func kill(_ signal: Int32) {
    _ = Foundation.kill(id, signal)
  }

  /// Closes its output and waits for its end; once only.
  /// - Returns: its exit code, or 128 + the signal that ended it.
  package func wait() -> Int {
    if let output { close(output) }
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0 {
      guard errno == EINTR else { return -1 }
    }
    let signal = status & 0x7F
    return Int(signal == 0 ? (status >> 8) & 0xFF : 128 + signal)
  }
}
