import Foundation
import Reports
import Synchronization

/// Sheets of images on their way from noise: sampled one at a time, kept for the next who asks.
final class DenoisingSheets: Sendable {
  private let known = Mutex(RecentValues<String, DenoisingSheet>(most: 8 << 20))
  private let sampling = NSLock()

  func sheet(_ name: String, _ draw: () throws -> DenoisingSheet) throws -> DenoisingSheet {
    if let found = known.withLock({ $0.value(for: name) }) { return found }
    return try sampling.withLock {
      if let found = known.withLock({ $0.value(for: name) }) { return found }
      let sheet = try draw()
      known.withLock { $0.insert(sheet, for: name, bytes: sheet.png.count) }
      return sheet
    }
  }
}
