package import Analysis
package import Images
package import Store
import Values

/// The first pictures of a sheet that a run has left in the store, side by side.
package enum SampleStrip {
  /// Pixels between two of them.
  private static let gap = 4

  /// - Parameters:
  ///   - sha256: of the artifact.
  ///   - count: of pictures; a sheet that is none of this program's is shown whole.
  ///   - classIndex: only those of a class; of runs that are conditioned on one, whose sheets have a class a column.
  /// - Returns: a PNG.
  /// - Throws: `StoreError`: `notFound` if the store has no such artifact, `badInput` if it is no picture.
  package static func png(
    sha256: String, count: Int, classIndex: Int? = nil, in store: RunStore, memory: ReportMemory
  ) throws -> [UInt8] {
    let images = try images(
      sha256: sha256, count: count, classIndex: classIndex, in: store, memory: memory)
    do {
      return try Image.sheet(images, columns: images.count, gap: gap).image.png(isQuick: true)
    } catch {
      throw StoreError(.badInput, error.description)
    }
  }

  /// How many images a run has: of each class, where a sheet has a class a column.
  /// - Throws: `StoreError`.
  package static func imageCount(
    sha256: String, ofClass: Bool, in store: RunStore, memory: ReportMemory
  ) throws -> Int {
    guard case .cut(let sheet) = try memory.sheet(sha256: sha256, in: store) else { return 1 }
    return ofClass ? max(1, sheet.count / max(1, sheet.columns)) : sheet.count
  }

  /// The same one by one, as they stand on the sheet.
  package static func images(
    sha256: String, count: Int, classIndex: Int? = nil, in store: RunStore, memory: ReportMemory
  ) throws -> [Image] {
    let images: [Image]
    switch try memory.sheet(sha256: sha256, in: store) {
    case .cut(let sheet):
      var places = Array(0..<sheet.count)
      if let classIndex { places.removeAll { $0 % sheet.columns != classIndex } }
      images = places.prefix(count).compactMap { sheet.image($0) }
    case .whole(let image): images = [image]
    case .unreadable: throw StoreError(.badInput, "the artifact is no picture")
    }
    guard !images.isEmpty else {
      throw StoreError(
        .badInput, classIndex == nil ? "the sheet has no pictures" : "it has none of that class")
    }
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

  /// Names of the classes that runs are conditioned on, by the first that has samples; empty where they are on none.
  /// - Throws: `StoreError`.
  package static func classNames(
    of runs: [RunSummary], _ table: RunTable, _ memory: ReportMemory
  ) throws -> [String] {
    let pictures = SamplePictures(table, memory)
    for run in runs where try isOfClasses(run, table) {
      guard let artifact = try pictures.artifact(run, step: nil),
        let sheet = try pictures.sheet(artifact)
      else { continue }
      let names = try ClassNames(of: [run], table.store)
      return try (0..<pictures.classes(run, sheet)).map { names.label($0) }
    }
    return []
  }

  /// Whether a run's samples are of classes, which its network is told or a classifier leads to.
  /// - Throws: `StoreError`.
  package static func isOfClasses(_ run: RunSummary, _ table: RunTable) throws -> Bool {
    if try table.setting("conditioning.kind", of: run) == .string("class") { return true }
    return try table.setting("sampling.classifier_guidance", of: run)?.number ?? 0 != 0
  }
}
