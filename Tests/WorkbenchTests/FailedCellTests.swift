import Foundation
import TestSupport
import Testing

/// Cells that cannot be shown are said where a script can see it.
@Suite struct FailedCellTests {
  private static let document = """
    ---
    name: note
    data: {source: shapes, size: 8, limit: 64}
    training: {steps: 3, batch: 8}
    ---

    ```{sql} bad
    SELECT nothing FROM nowhere
    ```

    ```{compare}
    experiment: absent
    ```

    ```{assert}
    count(runs) == 1
    ```
    """

  @Test func theyAreSaidAndFailACheck() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Array(Self.document.utf8), "note.md")
    func report(_ arguments: String...) throws -> WorkbenchProcess.Ending {
      try WorkbenchProcess(
        ["report", file] + arguments
          + ["--store", folder.path + "/runs", "-o", folder.path + "/out"],
        folder: folder.path, environment: [:]
      ).wait()
    }
    let plain = try report()
    #expect(plain.code == 0)
    let lines = plain.errors.split(separator: "\n")
    try #require(lines.count == 2)
    #expect(
      lines[0].hasPrefix(
        "The cell sql bad cannot be shown: the query is wrong: "))
    #expect(
      lines[1].hasPrefix(
        "The cell compare-1 cannot be shown: the store has no experiment 'absent'"))
    #expect(plain.output.hasPrefix("HOLDS: count(runs) == 1\n"))

    let checked = try report("--check")
    #expect(checked.code == 1 && checked.errors == plain.errors)

    let json = try report("--json")
    #expect(json.code == 0)
    let document = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
    let cells = try #require((document as? [String: Any])?["failedCells"] as? [[String: String]])
    #expect(cells.map { $0["name"] } == ["bad", "compare-1"])
    #expect(cells.map { $0["kind"] } == ["sql", "compare"])
    #expect(cells[1]["error"]?.hasPrefix("the store has no experiment 'absent'") == true)
  }
}
