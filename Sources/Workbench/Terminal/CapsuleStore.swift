import Exchange
import Foundation
import Store
import Synchronization

/// A capsule as a store that can be asked: a copy of it in a folder that goes when the program ends.
enum CapsuleStore {
  private static let folders = Mutex<[String]>([])

  /// Whether a store's place is a file.
  static func isMeant(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && !isFolder.boolValue
  }

  /// For reading alone: what would be written is not the capsule.
  /// - Throws: `StoreError`.
  static func open(_ path: String) throws -> RunStore {
    let folder = try temporaryFolder()
    _ = try CapsuleImport(into: RunStore(folder: folder, creating: true))(path)
    var options = RunStore.Options()
    options.readOnlyReason =
      "'\(path)' is a capsule, which is only asked; 'workbench import' takes its runs into a store"
    return try RunStore(reading: folder, options: options)
  }

  /// A folder of one's own until the program ends.
  static func temporaryFolder() throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "workbench-capsule-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let isFirst = folders.withLock { folders in
      folders.append(folder)
      return folders.count == 1
    }
    if isFirst {
      atexit {
        for folder in CapsuleStore.folders.withLock({ $0 }) {
          try? FileManager.default.removeItem(atPath: folder)
        }
      }
    }
    return folder
  }
}
