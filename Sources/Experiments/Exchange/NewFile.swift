import Files

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

extension StoreError {
  init(_ failure: FileFailure) {
    switch failure.kind {
    case .cannotCreate: self.init(.cannotCreate, "\(failure); name another place")
    case .inputOutput: self.init(.inputOutput, "\(failure)")
    }
  }

  /// Runs `body`, and throws what goes wrong with files as errors of the store.
  static func describingFiles<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as FileFailure {
      throw StoreError(error)
    }
  }
}
