import Foundation
import Store
import TestSupport
import Testing

@testable import Exchange

@Suite struct NewFolderTests {
  /// Who tells a program to end has what it is writing removed; a thread that still writes must not bring it back.
  @Test func whatWasRemovedStaysAway() throws {
    let folder = try TemporaryFolder()
    #expect(throws: StoreError.self) {
      try NewFolder.make(at: "\(folder.path)/new") { new in
        try new.folder("a/b")
        #expect(FileManager.default.fileExists(atPath: "\(new.path)/a/b"))
        try FileManager.default.removeItem(atPath: new.path)
        try new.folder("a/c/d")
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }
}
