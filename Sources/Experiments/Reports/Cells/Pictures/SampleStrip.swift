package import Analysis
package import Images
package import Store

/// The first pictures of a sheet that a run has left in the store, side by side.
package enum SampleStrip {
  /// Pixels between two of them.
  private static let gap = 4

  /// - Parameters:
  ///   - sha256: of the artifact.
  ///   - count: of pictures; a sheet that is none of this program's is shown whole.
  /// - Returns: a PNG.
  /// - Throws: `StoreError`: `notFound` if the store has no such artifact, `badInput` if it is no picture.
  package static func png(
    sha256: String, count: Int, in store: RunStore, memory: ReportMemory
  ) throws -> [UInt8] {
    let images = try images(sha256: sha256, count: count, in: store, memory: memory)
    do {
      return try Image.sheet(images, columns: images.count, gap: gap).image.png(isQuick: true)
    } catch {
      throw StoreError(.badInput, error.description)
    }
  }

  /// The same one by one, as they stand on the sheet.
  package static func images(
    sha256: String, count: Int, in store: RunStore, memory: ReportMemory
  ) throws -> [Image] {
    let images: [Image]
    switch try memory.sheet(sha256: sha256, in: store) {
    case .cut(let sheet): images = (0..<min(count, sheet.count)).compactMap { sheet.image($0) }
    case .whole(let image): images = [image]
    case .unreadable: throw StoreError(.badInput, "the artifact is no picture")
    }
    guard !images.isEmpty else { throw StoreError(.badInput, "the sheet has no pictures") }
    return images
  }
}

/// A sheet of samples that a run has left.
package struct SampleSheet: Sendable {
  /// Of its training.
  package let step: Int
  package let sha256: String

  /// Those of a run, by step.
  /// - Throws: `StoreError`.
  package static func all(of run: RunSummary, _ table: RunTable) throws -> [SampleSheet] {
    try table.samples(of: run, mediaType: "image/png").map {
      SampleSheet(step: $0.step, sha256: $0.artifact.sha256)
    }
  }
}
