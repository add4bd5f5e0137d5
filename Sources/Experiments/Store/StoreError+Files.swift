package import Files

extension StoreError {
  package init(_ failure: FileFailure) {
    switch failure.kind {
    case .cannotCreate: self.init(.cannotCreate, "\(failure); name another place")
    case .inputOutput: self.init(.inputOutput, "\(failure)")
    }
  }

  /// Runs `body`, and throws what goes wrong with files as errors of the store.
  package static func describingFiles<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as FileFailure {
      throw StoreError(error)
    }
  }
}
