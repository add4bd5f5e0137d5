import Analysis
import Reports
import Synchronization

/// A drawing as it was sent, with a tag that another has not.
struct Drawing: Sendable {
  /// SVG.
  let bytes: [UInt8]
  let tag: String
  /// What a report says below it, as HTML.
  let below: String

  init(_ picture: CellPicture) {
    bytes = picture.bytes
    below = picture.below
    tag = ContentTag.of(bytes)
  }
}

/// Drawings that were sent: for the next browser that asks for the same, and to send of the next drawing only what differs.
final class Drawings: Sendable {
  private struct Known {
    var tags: [String: String] = [:]
    var drawings = RecentValues<String, Drawing>(most: 16 << 20)
  }

  private let known = Mutex(Known())
  private let drawing = KeyedLocks()
  /// Addresses that are remembered.
  private static let mostAddresses = 4096

  /// The drawing of an address, made where it is not at hand. Several threads that ask wait for one.
  func drawing(_ address: String, _ draw: () throws -> CellPicture) throws -> Drawing {
    try drawing.withLock(address) {
      if let found = known.withLock({ known in
        known.tags[address].flatMap { known.drawings.value(for: $0) }
      }) {
        return found
      }
      let made = Drawing(try draw())
      known.withLock { known in
        if known.tags.count >= Self.mostAddresses { known.tags = [:] }
        known.tags[address] = made.tag
        known.drawings.insert(made, for: made.tag, bytes: made.bytes.count)
      }
      return made
    }
  }

  /// What turns a drawing that was sent before into this one; nil where it is forgotten or has little in common with it.
  func edits(from tag: String, to drawing: Drawing) -> LineEdits? {
    guard let old = known.withLock({ $0.drawings.value(for: tag) }) else { return nil }
    let edits = LineEdits(from: old.bytes, to: drawing.bytes)
    return edits.size < drawing.bytes.count / 2 ? edits : nil
  }
}
