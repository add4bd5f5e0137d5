import Foundation
import TestSupport
import Testing

@testable import Exchange
@testable import Store

/// Lines of a log, taken apart.
@Suite struct LogLinesTests {
  /// Points by metric, as (step, value).
  private func points(_ lines: LogLines) -> [String: [[Double]]] {
    var points: [String: [[Double]]] = [:]
    for series in lines.batch.series {
      points[series.name] = zip(series.steps, series.values).map { [Double($0), $1] }
    }
    return points
  }

  private func take(_ text: String, _ lines: inout LogLines) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line -> String? in
      // Not at the beginning of the bytes, as in a block that was read.
      let bytes = Array("}{\n\(line)\n{".utf8)
      do throws(LogLines.Malformed) {
        try lines.take(bytes, in: 3..<(bytes.count - 2))
        return nil
      } catch {
        return error.description
      }
    }
  }

  @Test func numbersArePointsByTheirKeys() {
    var lines = LogLines()
    let errors = take(
      """
      {"step": 1, "loss": 0.5, "val": {"loss": 2, "top": {"1": -1e-3}}}

      \t{ "a/b": NaN ,"step":3,"a":{"b":"Infinity","c":-Infinity} }
      {"step": 3.0, "loss": "NaN", "loss": 7, "ключ": 1, "\\u0065": 2}
      {}
      """, &lines)
    #expect(errors == [])
    // Lines' ends as Windows has them.
    let windows = Array("{\"step\":4,\"loss\":8}\r".utf8)
    #expect(throws: Never.self) { try lines.take(windows, in: 0..<windows.count) }
    #expect(lines.count == 6 && lines.batch.lastLine == 6)
    // Of one name at one step the later counts, in the store.
    var found = points(lines)
    #expect(found.removeValue(forKey: "a/b")?.last == [3, .infinity])
    #expect(found.removeValue(forKey: "loss")?.suffix(2) == [[3, 7], [4, 8]])
    #expect(
      found == [
        "val/loss": [[1, 2]], "val/top/1": [[1, -0.001]], "a/c": [[3, -.infinity]],
        "ключ": [[3, 1]], "e": [[3, 2]],
      ])
    #expect(lines.batch.points == 11)
  }

  @Test func aLineWithoutAStepBelongsToTheOneBefore() {
    var lines = LogLines()
    #expect(take("{\"a\":1}\n{\"a\":2}\n{\"step\":10,\"a\":3}\n{\"b\":4}", &lines) == [])
    #expect(points(lines) == ["a": [[0, 1], [1, 2], [10, 3]], "b": [[10, 4]]])
    var named = LogLines(step: "trainer/epoch")
    #expect(take("{\"trainer\":{\"epoch\":-2},\"step\":3}", &named) == [])
    #expect(points(named) == ["step": [[-2, 3]]])
    #expect(named.hasSteps)
  }

  @Test func whatIsNoNumberIsCounted() {
    var lines = LogLines()
    let line =
      "{\"step\":1,\"a\":\"text\",\"b\":[1],\"c\":true,\"d\":null,\"e\":\"no.png\",\"f\":{}}"
    #expect(take(line + "\n" + line, &lines) == [])
    #expect(lines.batch.isEmpty && lines.batch.lastLine == 2)
    #expect(
      lines.notices.counted.map { "\($0.text): \($0.count)" } == [
        "lists, left out: 2", "paths of pictures that are not there, left out: 2",
        "texts, left out: 2", "truth values, left out: 2", "values without a number, left out: 2",
      ])
  }

  /// What is wrong, and that nothing of such a line is taken.
  @Test(arguments: [
    ("Epoch 1/10", "no JSON, from byte 1 on"), ("{\"a\":1", "no JSON, from byte 7 on"),
    ("{\"a\":1,\"b\"", "no JSON, from byte 11 on"), ("{\"a\":1}}", "no JSON, from byte 8 on"),
    ("{\"a\":1} {\"a\":2}", "no JSON, from byte 9 on"), ("{a:1}", "no JSON, from byte 2 on"),
    ("{\"a\":01}", "no JSON, from byte 6 on"), ("{\"a\":1,}", "no JSON, from byte 8 on"),
    ("{\"a\":1 \"b\":2}", "no JSON, from byte 8 on"), ("{\"a\"}", "no JSON, from byte 5 on"),
    ("[1]", "an object is expected, as {\"step\": 10, \"loss\": 0.5}"),
    ("17", "an object is expected, as {\"step\": 10, \"loss\": 0.5}"),
    ("{\"a\":1,\"step\":1.5}", "the step ('step') is 1.5, and a whole number is expected"),
    ("{\"a\":1,\"step\":\"7\"}", "the step ('step') is \"7\", and a whole number is expected"),
    ("{\"a\":1,\"step\":1e300}", "the step ('step') is 1e+300, and a whole number is expected"),
    ("{\"a\":1,\"step\":null}", "the step ('step') is null, and a whole number is expected"),
    ("\u{0}\u{1}\u{FFFD}", "no JSON, from byte 1 on"),
  ])
  func malformed(line: String, problem: String) {
    var lines = LogLines()
    #expect(take("{\"a\":0}\n\(line)\n{\"a\":9}", &lines) == ["line 2: \(problem)"])
    #expect(points(lines) == ["a": [[0, 0], [1, 9]]])
  }

  @Test func objectsThatAreTooDeepAreNone() {
    var lines = LogLines()
    let deep = String(repeating: "{\"a\":", count: 100_000)
    #expect(take(deep, &lines).count == 1)
    #expect(lines.batch.isEmpty)
  }

  @Test func picturesAreTakenAsTheyAreWhenTheirLineComes() throws {
    try withTemporaryFolder { folder in
      let png = tinyPNG(width: 3, height: 2) { x, y in UInt8(x + y) }
      let path = "\(folder)/a.PNG"
      try Data(png).write(to: URL(fileURLWithPath: path))
      try Data("no picture".utf8).write(to: URL(fileURLWithPath: "\(folder)/b.png"))
      var lines = LogLines()
      #expect(
        take(
          "{\"step\":5,\"samples\":\"\(path)\",\"x\":\"\(folder)/b.png\",\"y\":\"\(folder)\"}\n"
            + "{\"step\":123456789,\"samples\":\"\(path)\"}", &lines) == [])
      try FileManager.default.removeItem(atPath: path)
      #expect(lines.batch.pictures.map(\.png) == [png, png])
      #expect(
        lines.batch.pictures.map(\.artifactName) == [
          "samples-00000005.png", "samples-123456789.png",
        ])
      #expect(
        lines.notices.counted.map(\.text) == [
          "pictures that cannot be read, left out", "texts, left out",
        ])
    }
  }
}

/// Lines of a descriptor, however they come in.
@Suite struct LineInputTests {
  /// The texts of lines, "…" for one that is too long.
  private func lines(
    _ pieces: [[UInt8]], longest: Int = 40, block: Int = 8
  ) throws -> [String] {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    let input = try LineInput(ends[0], longest: longest, block: block)
    var lines: [String] = []
    func read() throws -> Bool {
      try input.read { bytes, range in
        lines.append(range.map { String(decoding: bytes[$0], as: UTF8.self) } ?? "…")
      }
    }
    for piece in pieces {
      try #require(piece.isEmpty || write(ends[1], piece, piece.count) == piece.count)
      while input.wait(0) == .ready { _ = try read() }
    }
    close(ends[1])
    while try read() {}
    return lines
  }

  @Test(arguments: [1, 2, 3, 7, 8, 9, 41, 1000])
  func piecesMakeLines(size: Int) throws {
    let text = "one\n\nthree is longer than a block\n4\n\(String(repeating: "5", count: 40))\nlast"
    let bytes = Array(text.utf8)
    let pieces = stride(from: 0, to: bytes.count, by: size).map {
      Array(bytes[$0..<min($0 + size, bytes.count)])
    }
    #expect(try lines(pieces) == text.components(separatedBy: "\n"))
  }

  @Test(arguments: [1, 5, 1000])
  func longLinesArePassedOver(size: Int) throws {
    let long = String(repeating: "x", count: 41)
    let text = "a\n\(long)\nb\n\(long)\(long)\(long)\nc\n\(long)"
    let bytes = Array(text.utf8)
    let pieces = stride(from: 0, to: bytes.count, by: size).map {
      Array(bytes[$0..<min($0 + size, bytes.count)])
    }
    for block in [8, 64, 1024] {
      #expect(try lines(pieces, block: block) == ["a", "…", "b", "…", "c", "…"])
    }
  }

  @Test func aWaitEndsByItsTimeOrByWhoWakes() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let input = try LineInput(ends[0], longest: 10)
    #expect(input.wait(0.001) == .nothing)
    Thread.detachNewThread { [waker = input.waker] in waker.wake() }
    #expect(input.wait(nil) == .woken)
    #expect(input.wait(0) == .nothing, "woken once")
    _ = write(ends[1], "a", 1)
    #expect(input.wait(nil) == .ready)
  }
}
