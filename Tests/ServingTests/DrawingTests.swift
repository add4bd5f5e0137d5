import Foundation
import StoreTestSupport
import Testing

@testable import Serving
@testable import Store
@testable import Values

/// Drawings of which only what differs is sent.
@Suite struct DrawingTests {
  private func applied(_ edits: LineEdits, to old: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var end = 0
    for edit in edits.edits {
      result += old[end..<edit.start] + edit.inserted
      end = edit.start + edit.removed
    }
    return result + old[end...]
  }

  @Test(
    arguments: [
      ("", ""), ("a", ""), ("", "a"), ("a\nb\nc\n", "a\nb\nc\n"), ("aaa", "aa"), ("aa", "aaa"),
      ("M0 0l1 1\nx\n", "M0 0l1 1 1 2\nx\n"), ("one\ntwo\n", "one\nand\ntwo\n"),
      ("größe\n", "grüße\n"), ("ä", "ö"), ("😀", "😁"), ("a😀b\n", "a😁b\n"), ("é\né\n", "è\né\n"),
    ])
  func turnsOneIntoTheOther(_ old: String, _ new: String) {
    let edits = LineEdits(from: Array(old.utf8), to: Array(new.utf8))
    #expect(String(decoding: applied(edits, to: Array(old.utf8)), as: UTF8.self) == new)
    for edit in edits.edits {
      #expect(String(validating: edit.inserted, as: UTF8.self) != nil, "whole characters")
    }
  }

  @Test func randomTexts() {
    var random = SystemRandomNumberGenerator()
    let letters = Array("ab\nä😀")
    for _ in 0..<2000 {
      func text() -> String {
        String(
          (0..<Int.random(in: 0..<12, using: &random)).map { _ in
            letters.randomElement(using: &random)!
          })
      }
      let (old, new) = (text(), text())
      let edits = LineEdits(from: Array(old.utf8), to: Array(new.utf8))
      #expect(
        String(decoding: applied(edits, to: Array(old.utf8)), as: UTF8.self) == new,
        "\(old) → \(new)")
      #expect(edits.edits.allSatisfy { String(validating: $0.inserted, as: UTF8.self) != nil })
    }
  }

  /// A curve to which points have come costs about those: the rest of the drawing stays where it is.
  @Test func aGrowingCurveCostsItsPoints() async throws {
    let folder =
      FileManager.default.temporaryDirectory.path + "/workbench-drawings-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try seedDemoStore(folder: folder)
    let run = try #require(try store.runs(experiment: "demo").first)
    _ = try store.beginAttempt(run: run.id, environment: [:])
    func add(_ steps: Range<Int>) throws {
      try RunStore(folder: store.folder).appendPoints(
        [
          SeriesPoints(
            name: "train/growing", steps: Array(steps), values: steps.map { sin(Double($0) / 40) })
        ], run: run.id)
    }
    let pages = Pages(store: store, sampler: nil, actionToken: "0")
    func get(_ mark: String, since: String? = nil) async -> PageAnswer {
      await pages.answer(
        PageRequest(
          target: "/e/demo/plot.svg?y=train/growing&v=\(mark)"
            + (since.map { "&since=\($0)" } ?? "")))
    }
    func bytes(_ answer: PageAnswer) -> [UInt8] {
      if case .bytes(let bytes) = answer.body { bytes } else { [] }
    }
    try add(0..<620)
    let first = await get("1")
    let tag = try #require(
      first.headers.first { $0.name == "ETag" }?.value.trimmingCharacters(in: ["\""]))
    try add(620..<640)
    let whole = bytes(await get("2"))
    let change = bytes(await get("2", since: tag))
    #expect(change.count < 600 && whole.count > 5000, "\(change.count) of \(whole.count) bytes")
    let answer = try #require(JSONValue(text: String(decoding: change, as: UTF8.self)))
    guard case .object(let object) = answer, case .array(let edits)? = object["edits"] else {
      Issue.record("no edits: \(answer.canonical.prefix(200))")
      return
    }
    // As the page's script applies them.
    var result: [UInt8] = []
    var end = 0
    let old = bytes(first)
    for edit in edits {
      guard case .array(let parts) = edit, case .integer(let start) = parts[0],
        case .integer(let removed) = parts[1], case .string(let inserted) = parts[2]
      else { continue }
      result += old[end..<start] + Array(inserted.utf8)
      end = start + removed
    }
    #expect(result + old[end...] == whole)
    // What the server does not know any more comes whole.
    #expect(
      String(decoding: bytes(await get("2", since: "unknown")), as: UTF8.self).contains("\"svg\""))
  }

  @Test func axesOfGrowingCurvesEndAtRoundNumbers() {
    for (step, end) in [
      (0, 1.0), (1, 1), (9, 10), (100, 100), (101, 125), (1800, 2000), (2001, 2500),
      (81_000, 100_000), (Int.max, 1e19),
    ] {
      #expect(Pages.roundedUp(step) == end, "\(step)")
    }
    // Steps that other programs log may be as large as numbers are.
    #expect(Pages.mark(of: 0...1e19) != Pages.mark(of: 0...8e18))
  }
}
