import Images
import Store
import Values

/// Takes the lines of a program's log apart: an object a line, whose numbers are points and whose pictures are named by
/// their paths.
package struct LogLines {
  /// Why a line was not taken.
  package struct Malformed: Error, Sendable, Hashable {
    /// From 1.
    package var line: Int
    /// Behind a colon: "no JSON, from byte 3 on".
    package var problem: String

    package var description: String { "line \(line): \(problem)" }
  }

  /// Bytes of a line; longer ones are not taken.
  package static let longest = 16 << 20

  /// What has been taken since the last batch was handed over.
  package var batch = LogBatch()
  /// What was left out of the lines that were taken.
  package private(set) var notices = ImportNotices()
  /// Lines so far, blank and malformed ones included.
  package private(set) var count = 0
  /// Whether some line had a step.
  package var hasSteps: Bool { lastStep != nil }

  private let stepKey: String
  private var lastStep: Int?
  /// Lines before the first one with a step.
  private var counted = 0
  private var leaves: [(path: String, value: JSONValue)] = []

  /// - Parameter step: the key that holds a line's step.
  package init(step: String = "step") {
    stepKey = step
  }

  /// Takes the next line; a blank one has nothing.
  /// - Parameter range: without the line's end.
  /// - Throws: `Malformed`; then nothing of the line is taken.
  package mutating func take(_ bytes: [UInt8], in range: Range<Int>) throws(Malformed) {
    count += 1
    batch.lastLine = count
    guard !Self.isBlank(bytes, range) else { return }
    leaves.removeAll(keepingCapacity: true)
    let isObject: Bool
    do {
      isObject = try JSONScanner.leaves(bytes, in: range, &leaves)
    } catch {
      throw malformed("no JSON, from byte \(error.offset - range.lowerBound + 1) on")
    }
    guard isObject else {
      throw malformed("an object is expected, as {\"step\": 10, \"loss\": 0.5}")
    }
    let step = try step()
    for (name, value) in leaves where name != stepKey {
      if let number = value.logged {
        batch.add(number, at: step, to: name)
      } else {
        takeOther(value, at: step, name)
      }
    }
  }

  /// Counts a line that is too long to be looked at.
  package mutating func passOver() -> Malformed {
    count += 1
    batch.lastLine = count
    return malformed("longer than \(Self.longest >> 20) MiB")
  }

  private func malformed(_ problem: String) -> Malformed {
    Malformed(line: count, problem: problem)
  }

  private static func isBlank(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    bytes[range].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }

  /// The line's own; without one that of the line before it, and where none has had any, their number.
  private mutating func step() throws(Malformed) -> Int {
    guard let value = leaves.last(where: { $0.path == stepKey })?.value else {
      if let lastStep { return lastStep }
      counted += 1
      return counted - 1
    }
    let whole: Int? =
      switch value {
      case .integer(let step): step
      case .number(let step): Int(exactly: step)
      default: nil
      }
    guard let whole else {
      throw malformed(
        "the step ('\(stepKey)') is \(value.canonical.prefix(40)), and a whole number is expected")
    }
    lastStep = whole
    return whole
  }

  private mutating func takeOther(_ value: JSONValue, at step: Int, _ name: String) {
    switch value {
    case .string(let path) where Self.mayBePicture(path):
      do throws(ImageError) {
        batch.add(.init(name: name, step: step, png: try Self.png(path)))
      } catch {
        if error.kind == .notFound {
          notices.add("paths of pictures that are not there, left out")
        } else {
          notices.add("pictures that cannot be read, left out")
        }
      }
    case .string: notices.add("texts, left out")
    case .array: notices.add("lists, left out")
    case .boolean: notices.add("truth values, left out")
    default: notices.add("values without a number, left out")
    }
  }

  // MARK: Pictures

  private static let endings = [".png", ".jpg", ".jpeg", ".webp"]

  private static func mayBePicture(_ path: String) -> Bool {
    let path = path.lowercased()
    return endings.contains { path.hasSuffix($0) }
  }

  /// A PNG's own bytes, or those of another picture as PNG.
  private static func png(_ path: String) throws(ImageError) -> [UInt8] {
    let bytes = try Image.bytes(of: path)
    let image = try Image(encoded: bytes, name: path)
    return pngSize(bytes) == nil ? try image.png() : bytes
  }
}
