import Files
import Foundation
import TestSupport
import Testing

@testable import Store

@Suite struct ProvenanceTests {
  @Test func outsideARepositoryThereIsNoCommit() throws {
    try withTemporaryFolder { folder in
      let facts = Provenance.capture(
        programVersion: "1.2.3", command: ["workbench", "run", "a b.yaml"], folder: folder)
      #expect(facts["git.commit"] == nil)
      #expect(facts["program.version"] == "1.2.3")
      #expect(facts["program.command"] == "workbench run 'a b.yaml'")
      #expect(facts["sqlite.version"]?.hasPrefix("3.") == true)
      #expect(facts["cpu.cores"].flatMap(Int.init).map { $0 > 0 } == true)
      #expect(facts["memory.bytes"].flatMap(Int.init).map { $0 > 1 << 20 } == true)
      #expect(facts["host.name"]?.isEmpty == false)
    }
  }

  @Test func aChangedFileMakesTheSourceDirty() throws {
    try withTemporaryFolder { folder in
      func git(_ arguments: String...) throws {
        let command =
          ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org"] + arguments
        let process = try #require(ChildProcess(command, capturesOutput: false))
        try #require(process.wait() == 0)
      }
      let file = URL(fileURLWithPath: folder + "/file")
      try Data("one\n".utf8).write(to: file)
      try git("init")
      try git("add", ".")
      try git("commit", "-m", "first")
      let clean = Provenance.capture(programVersion: "1", folder: folder)
      #expect(clean["git.commit"]?.count == 40)
      #expect(clean["git.dirty"] == "false")
      #expect(clean["git.diff"] == nil)

      try Data("two\n".utf8).write(to: file)
      let dirty = Provenance.capture(programVersion: "1", folder: folder)
      #expect(dirty["git.commit"] == clean["git.commit"])
      #expect(dirty["git.dirty"] == "true")
      #expect(dirty["git.diff"]?.contains("-one\n+two\n") == true)

      try Data(repeating: UInt8(ascii: "x"), count: 3 << 20).write(to: file)
      let large = Provenance.capture(programVersion: "1", folder: folder)
      #expect(large["git.diff"]?.hasSuffix("(cut after 1048576 bytes)\n") == true)
      #expect(large["git.diff"].map { $0.utf8.count < (1 << 20) + 100 } == true)
    }
  }

  @Test func networkMountsAreTold() {
    let table = MountTable(
      """
      22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
      30 22 0:25 / /home rw - nfs4 server:/home rw
      31 30 8:2 / /home/local\\040disk rw master:1 - xfs /dev/sdb rw
      32 22 0:26 / /mnt rw shared:3 master:2 - fuse.sshfs host: rw
      33 22 0:27 / /over rw - nfs a: rw
      34 22 0:28 / /over rw - tmpfs none rw
      broken line
      """)
    #expect(table.fileSystem(of: "/") == "ext4")
    #expect(table.fileSystem(of: "/homes") == "ext4")
    #expect(table.fileSystem(of: "/home/me/runs") == "nfs4")
    #expect(table.fileSystem(of: "/home/local disk/runs") == "xfs")
    #expect(table.fileSystem(of: "/mnt") == "fuse.sshfs")
    #expect(table.fileSystem(of: "/over/x") == "tmpfs", "the last mount is on top")
    #expect(["nfs4", "cifs", "fuse.sshfs", "9p"].allSatisfy(MountTable.isNetwork))
    #expect(
      ["ext4", "xfs", "fuseblk", "tmpfs", "overlay"].allSatisfy { !MountTable.isNetwork($0) })
  }
}
