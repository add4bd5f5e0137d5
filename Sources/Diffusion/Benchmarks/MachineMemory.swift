import Foundation

/// Bytes of memory, as Linux tells them (proc(5)).
package enum MachineMemory {
  /// What could be taken without swapping; nil where the system does not say.
  package static var available: Int? { kibibytes("/proc/meminfo", "MemAvailable") }

  /// What this process holds now.
  package static var resident: Int? { kibibytes("/proc/self/status", "VmRSS") }

  private static func kibibytes(_ path: String, _ name: String) -> Int? {
    let text = String(
      decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    let words = line?.split { $0 == " " || $0 == "\t" } ?? []
    return words.count > 1 ? Int(words[1]).map { $0 << 10 } : nil
  }
}
