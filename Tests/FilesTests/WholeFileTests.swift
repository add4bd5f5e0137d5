import Files
import Foundation
import TestSupport
import Testing

@Suite struct WholeFileTests {
  private func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private struct Refusal: Error {}

  @Test func whatFailsHalfWayLeavesTheOldFile() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x"
      try WholeFile.write(to: path) { try $0.write(Array("old".utf8)) }
      #expect(throws: Refusal.self) {
        try WholeFile.write(to: path) { file in
          try file.write([UInt8](repeating: 7, count: 1_000_000))
          throw Refusal()
        }
      }
      #expect(text(path) == "old")
      try WholeFile.write(to: path, durably: false) { try $0.write(Array("new".utf8)) }
      #expect(text(path) == "new")
      #expect(try names(folder) == ["x"])
    }
  }

  @Test func whatIsThereIsNotReplacedWhereItMustNotBe() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x"
      try WholeFile.write(to: path, .free) { try $0.write(Array("first".utf8)) }
      #expect {
        try WholeFile.write(to: path, .free) { try $0.write(Array("second".utf8)) }
      } throws: { ($0 as? FileFailure)?.code == EEXIST }
      #expect {
        try WholeFolder.make(at: path) { _ in }
      } throws: { ($0 as? FileFailure)?.kind == .cannotCreate }
      #expect(text(path) == "first")
      #expect(try names(folder) == ["x"])
    }
  }

  @Test func aPlaceThatIsNotThereSaysSo() throws {
    try withTemporaryFolder { folder in
      #expect {
        try WholeFile.write(to: folder + "/none/x") { _ in }
      } throws: { error in
        let failure = error as? FileFailure
        return failure?.kind == .cannotCreate && failure?.path == folder + "/none/x"
          && failure?.code == ENOENT
      }
    }
  }

  @Test func aFolderIsThereWholeOrNotAtAll() throws {
    try withTemporaryFolder { folder in
      #expect(throws: Refusal.self) {
        try WholeFolder.make(at: folder + "/x") { place in
          try Data("half".utf8).write(to: URL(filePath: place + "/a"))
          throw Refusal()
        }
      }
      #expect(try names(folder).isEmpty)
      try WholeFolder.make(at: folder + "/x") { place in
        #expect(try names(folder).count == 1, "under another name meanwhile")
        #expect(place != folder + "/x")
        try Data("whole".utf8).write(to: URL(filePath: place + "/a"))
      }
      #expect(text(folder + "/x/a") == "whole")
      #expect(try names(folder) == ["x"])
    }
  }

  /// Those of living writers stay, those of dead ones go, and so does nothing else.
  @Test func leftoversAreToldByTheirLocks() throws {
    try withTemporaryFolder { folder in
      let mine = ["x.123.tmp", "x.123-4.tmp", "y.9.tmp"]
      let others = ["x", "x.tmp", "x.a.tmp", "x.1.tmp.txt", ".tmp"]
      for name in mine + others { try Data().write(to: URL(filePath: "\(folder)/\(name)")) }
      let writer = try FileWriter(folder + "/x.77.tmp")
      #expect(TemporaryFile.left(in: folder) == mine.sorted())
      TemporaryFile.removeLeft(of: folder + "/x")
      #expect(try names(folder) == (others + ["y.9.tmp", "x.77.tmp"]).sorted())
      try writer.end()
      #expect(TemporaryFile.isHeld(writer.path), "until it has its name")
      TemporaryFile.removeLeft(in: folder)
      #expect(try names(folder) == (others + ["x.77.tmp"]).sorted())
      withExtendedLifetime(writer) {}
    }
  }

  /// Between making a file and locking it, it looks like one that was left.
  @Test func nobodyTakesAwayWhatIsBeingWritten() throws {
    try withTemporaryFolder { folder in
      let racers = try ["write", "write", "remove", "remove"].map { role in
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try builtProduct("FileRacer"))
        process.arguments = [role, folder, "2"]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
      }
      for racer in racers {
        racer.waitUntilExit()
        #expect(racer.terminationStatus == 0)
      }
      #expect(try names(folder).count == 2, "a file a writer, and nothing half-made")
    }
  }

  @Test(arguments: [
    ("a", "", "a"), ("s/", "", "s"), ("a/b", "a", "b"), ("a/b/c/", "a/b", "c"), ("/a", "/", "a"),
    ("/", "/", "/"), ("./x", ".", "x"), ("//a//b", "//a", "b"), ("é/ü", "é", "ü"), ("", "", ""),
  ])
  func partsOfPaths(path: String, folder: String, name: String) {
    #expect(Paths.folder(of: path) == folder)
    #expect(Paths.name(of: path) == name)
  }

  @Test(arguments: [
    ("a/b.pt", "a/b"), ("b.safetensors", "b"), ("a.b/c", "a.b/c"), ("x", "x"), (".pt", ".pt"),
    ("a/b.c.pt", "a/b.c"), ("", ""),
  ])
  func pathsWithoutTheirEndings(path: String, stem: String) {
    #expect(Paths.withoutEnding(path) == stem)
  }
}
