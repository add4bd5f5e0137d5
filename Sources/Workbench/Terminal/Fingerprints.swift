import Diffusion
import Experiments
import Synchronization

/// Hashes of data sets' contents, each data set read once.
final class Fingerprints: Sendable {
  private let known = Mutex<[DataSettings: String]>([:])

  init() {}

  /// Reads the data of all runs that a file asks for.
  /// - Throws: `DiffusionError` where data are missing or damaged.
  init(of file: ExperimentFile) throws {
    _ = try Plan(file, fingerprint: of)
  }

  func of(_ settings: DataSettings) throws -> String {
    if let known = known.withLock({ $0[settings] }) { return known }
    let fingerprint = try DataSet.load(settings).fingerprint
    known.withLock { $0[settings] = fingerprint }
    return fingerprint
  }
}
