import Foundation
import GRDBSQLite
import Text

/// Where and from what a run's numbers came, as texts by dotted key.
package enum Provenance {
  /// The most of a diff that is kept.
  package static let largestDiff = 1 << 20

  /// What can be known of machine, program and source in `folder`:
  /// `git.commit`, `git.dirty`, `git.diff` (absent without git or outside a repository),
  /// `host.name`, `os.name`, `cpu.model`, `cpu.cores`, `memory.bytes`, `program.version`,
  /// `program.command`, `sqlite.version`.
  package static func capture(
    programVersion: String, command: [String] = CommandLine.arguments,
    folder: String = "."
  ) -> [String: String] {
    let process = ProcessInfo.processInfo
    var facts = git(folder)
    facts["host.name"] = process.hostName
    facts["os.name"] = operatingSystem()
    facts["cpu.model"] = cpuModel()
    facts["cpu.cores"] = String(process.activeProcessorCount)
    facts["memory.bytes"] = String(process.physicalMemory)
    facts["program.version"] = programVersion
    facts[Self.command] = command.map(ShellText.word).joined(separator: " ")
    facts["sqlite.version"] = String(cString: sqlite3_libversion())
    return facts
  }

  /// The one fact that is each run's own.
  package static let command = "program.command"

  // MARK: Source

  private static func git(_ folder: String) -> [String: String] {
    guard
      let commit = output(["rev-parse", "--verify", "HEAD"], in: folder, limit: 100)?.text
        .trimmingCharacters(in: .whitespacesAndNewlines), !commit.isEmpty,
      let status = output(["status", "--porcelain"], in: folder, limit: 4096)
    else { return [:] }
    var facts = ["git.commit": commit, "git.dirty": status.text.isEmpty ? "false" : "true"]
    let diff = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "HEAD"]
    if !status.text.isEmpty, let diff = output(diff, in: folder, limit: largestDiff),
      !diff.text.isEmpty
    {
      facts["git.diff"] = diff.text + (diff.isCut ? "\n(cut after \(largestDiff) bytes)\n" : "")
    }
    return facts
  }

  /// The first `limit` bytes of what git says; nil where it cannot be run or fails.
  private static func output(
    _ arguments: [String], in folder: String, limit: Int
  ) -> (text: String, isCut: Bool)? {
    let command = ["git", "--no-optional-locks", "-C", folder] + arguments
    guard let git = ChildProcess(command, capturesOutput: true) else { return nil }
    var bytes: [UInt8] = []
    while bytes.count <= limit, let chunk = git.read() { bytes += chunk }
    let isCut = bytes.count > limit
    if isCut { git.kill(SIGKILL) }
    guard git.wait() == 0 || isCut else { return nil }
    return (String(decoding: bytes.prefix(limit), as: UTF8.self), isCut)
  }

  // MARK: Machine

  private static func operatingSystem() -> String {
    #if os(Linux)
      let release = FileManager.default.contents(atPath: "/etc/os-release") ?? Data()
      let name = String(decoding: release, as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("PRETTY_NAME=") }?.dropFirst(12)
      let kernel = FileManager.default.contents(atPath: "/proc/sys/kernel/osrelease") ?? Data()
      return [
        name.map { $0.trimmingCharacters(in: ["\""]) } ?? "Linux",
        String(decoding: kernel, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines),
      ].joined(separator: ", Linux ")
    #else
      return ProcessInfo.processInfo.operatingSystemVersionString
    #endif
  }

  private static func cpuModel() -> String {
    #if os(Linux)
      let information = FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data()
      let line = String(decoding: information, as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("model name") || $0.hasPrefix("Model") }
      return line?.split(separator: ":", maxSplits: 1).last?
        .trimmingCharacters(in: .whitespaces) ?? "unknown"
    #else
      var size = 0
      sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
      var name = [UInt8](repeating: 0, count: size)
      guard sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0) == 0 else {
        return "unknown"
      }
      return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    #endif
  }
}
