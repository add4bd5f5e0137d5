import Files
import Store

/// A file that is there whole or not at all.
enum NewFile {
  /// - Throws: `StoreError`: `cannotCreate` where there is something already; whatever `fill`
  ///   throws, after which nothing is left.
  static func make(at target: String, _ fill: (BufferedFile) throws -> Void) throws {
    try NewFolder.checkIsFree(target)
    try StoreError.describingFiles {
      try WholeFile.write(to: target, .free) { try fill(BufferedFile($0)) }
    }
  }
}
