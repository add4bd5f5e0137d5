/// A file that a run or a report has brought.
package struct Artifact: Sendable, Hashable, Codable {
  /// Like `samples` or `network.safetensors`; with `step` unique within the run.
  package var name: String
  /// The step it was made at; nil for the run as a whole.
  package var step: Int?
  package var mediaType: String
  package var bytes: Int
  package var sha256: String
  /// Of pictures, in pixels.
  package var width: Int?
  package var height: Int?
  package var created: String

  package init(
    name: String, step: Int? = nil, mediaType: String, bytes: Int, sha256: String,
    width: Int? = nil, height: Int? = nil, created: String
  ) {
    self.name = name
    self.step = step
    self.mediaType = mediaType
    self.bytes = bytes
    self.sha256 = sha256
    self.width = width
    self.height = height
    self.created = created
  }

  /// NumPy's array format: samples that are vectors.
  package static let arrayType = "application/x-npy"

  /// Without an ending: the training image nearest to each sample of the end, laid out as these are.
  package static let nearestName = "nearest"
  /// The same: what each sample of the end was restored from, and the image itself.
  package static let (conditionName, truthName) = ("condition", "truth")

  /// Whether it is samples of a run: a sheet of pictures, or an array of vectors.
  package var areSamples: Bool {
    name.hasPrefix("samples") && (mediaType == "image/png" || mediaType == Self.arrayType)
  }

  /// Up to this many bytes lie in the database, more in a file of their own.
  package static let largestInDatabase = 1 << 20

  /// A file name for it: the name's own letters, digits, `.`, `_` and `-`, everything else a `_`,
  /// no leading dot, with the step and an ending that fits the media type.
  package var fileName: String {
    var stem = String(
      name.unicodeScalars.map { Artifact.isSafe($0) ? Character($0) : "_" })
    if stem.isEmpty || stem.hasPrefix(".") { stem = "_" + stem }
    stem = String(stem.prefix(100))
    let ending = Artifact.endings[mediaType] ?? ""
    if stem.hasSuffix(ending) { stem.removeLast(ending.count) }
    return stem + (step.map { "-\($0)" } ?? "") + ending
  }

  private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
    default: false
    }
  }

  private static let endings = [
    "image/png": ".png", "image/svg+xml": ".svg", "text/markdown": ".md", "text/html": ".html",
    "text/plain": ".txt", "application/json": ".json",
    "application/x-safetensors": ".safetensors", arrayType: ".npy",
  ]
}

/// A file of a report, by its path below the report's folder.
package struct ReportFile: Sendable, Hashable {
  package var name: String
  package var mediaType: String
  package var bytes: [UInt8]

  package init(name: String, mediaType: String, bytes: [UInt8]) {
    self.name = name
    self.mediaType = mediaType
    self.bytes = bytes
  }
}

/// Width and height from a PNG's header; nil where the bytes are no PNG.
package func pngSize(_ bytes: some Collection<UInt8>) -> (width: Int, height: Int)? {
  let header = Array(bytes.prefix(24))
  guard header.count == 24, header.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
  else { return nil }
  func number(_ range: Range<Int>) -> Int { header[range].reduce(0) { $0 << 8 | Int($1) } }
  return (number(16..<20), number(20..<24))
}
