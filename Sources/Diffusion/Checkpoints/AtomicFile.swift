import Files

/// Files that are there whole or not at all, with this module's errors.
package enum AtomicFile {
  /// Writes to a temporary file in the same folder, syncs it, renames it over `path`, and syncs the folder:
  /// after a crash there is the old file or the new one.
  /// - Throws: `DiffusionError(.cannotCreate)`, or `.inputOutput` where the disk fails half-way.
  package static func write(_ chunks: [UnsafeRawBufferPointer], to path: String)
    throws(DiffusionError)
  {
    do throws(FileFailure) {
      try WholeFile.write(chunks, to: path)
    } catch {
      throw DiffusionError(error)
    }
  }

  /// The same of bytes in an array.
  package static func write(_ bytes: [UInt8], to path: String) throws(DiffusionError) {
    var failure: DiffusionError?
    bytes.withUnsafeBytes { bytes in
      do throws(DiffusionError) {
        try write([bytes], to: path)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}

extension DiffusionError {
  init(_ failure: FileFailure) {
    self.init(failure.kind == .cannotCreate ? .cannotCreate : .inputOutput, failure.description)
  }
}
