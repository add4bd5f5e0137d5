import Foundation
import TestSupport
import Testing

/// File calls that fail, or at which the process is killed; made by `Tests/FaultShim`.
struct FileFault {
  /// Which calls count: a letter each, as the shim's opening comment has them; nil: all.
  var calls: String?
  /// What the paths contain; nil: anything.
  var named: String?
  /// The call, counted from 1 over all processes.
  var call: Int
  /// The error number; nil: the process is killed before the call.
  var error: Int32?
  /// Whether all calls after it fail too.
  var isForGood = false
  /// Whether a failing write has written half.
  var writesHalf = false

  /// The environment of a program to whose calls below `folder` it happens.
  /// - Parameter counter: a file for the shim, made here.
  func environment(under folder: String, counter: String) throws -> [String: String] {
    try Data(count: 8).write(to: URL(filePath: counter))
    var environment = [
      "LD_PRELOAD": try builtProduct("libFaultShim.so"), "FAULT_UNDER": folder,
      "FAULT_COUNTER": counter, "FAULT_AT": String(call),
    ]
    environment["FAULT_ERROR"] = error.map { String($0) }
    environment["FAULT_CALLS"] = calls
    environment["FAULT_NAMED"] = named
    if isForGood { environment["FAULT_FOR_GOOD"] = "1" }
    if writesHalf { environment["FAULT_HALF"] = "1" }
    return environment
  }

  /// How many calls the shim has counted.
  static func count(_ counter: String) -> Int {
    let bytes = FileManager.default.contents(atPath: counter) ?? Data()
    return bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
  }

  /// Where `LD_PRELOAD` works.
  static var isPossible: Bool {
    #if os(Linux)
      true
    #else
      false
    #endif
  }
}

/// Every file below a folder, by its path there.
func filesBelow(_ folder: String) -> [String] {
  let manager = FileManager.default
  return ((try? manager.subpathsOfDirectory(atPath: folder)) ?? []).filter { path in
    var isFolder: ObjCBool = false
    return manager.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
      && !isFolder.boolValue
  }.sorted()
}
