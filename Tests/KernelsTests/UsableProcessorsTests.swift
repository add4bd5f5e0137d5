import Foundation
import TestSupport
import Testing

@testable import Kernels

/// What taskset, batch systems and containers allow counts, not what the machine has.
@Suite struct UsableProcessorsTests {
  @Test(
    arguments: [
      (64, nil, nil, 64, "64 processors"),
      (64, 64, nil, 64, "64 processors"),
      (64, 3, nil, 3, "3 of 64 processors (what its affinity allows)"),
      (64, 64, 2, 2, "2 of 64 processors (what its control group's quota is worth)"),
      (64, 3, 2, 2, "2 of 64 processors (what its control group's quota is worth)"),
      (64, 3, 8, 3, "3 of 64 processors (what its affinity allows)"),
      (1, 1, nil, 1, "1 processor"),
      (4, nil, 9, 4, "4 processors"),
    ] as [(Int, Int?, Int?, Int, String)])
  func theLeastCounts(machine: Int, affine: Int?, quota: Int?, count: Int, text: String) {
    let processors = UsableProcessors(machine: machine, affine: affine, quota: quota)
    #expect(processors.count == count)
    #expect(processors.description == text)
  }

  /// A file system of its own for the control groups: paths and what they hold.
  private func quota(_ files: [String: String]) throws -> Int? {
    let folder = try TemporaryFolder()
    for (path, text) in files {
      let file = URL(fileURLWithPath: folder.path + path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return ControlGroups(root: folder.path).processorQuota
  }

  private let unified = "41 31 0:41 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n"
  private let old = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"

  @Test func noGroupsNoLimit() throws {
    #expect(try quota([:]) == nil)
    #expect(try quota(["/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": unified]) == nil)
  }

  /// cgroup-v2.rst, "cpu.max"; one and a half processors keep two threads busy.
  @Test(
    arguments: [
      ("max 100000", nil), ("150000 100000", 2), ("200000 100000", 2), ("1000 100000", 1),
      ("210000 100000", 3), ("nonsense", nil), ("0 100000", nil), ("100000 0", nil),
    ] as [(String, Int?)])
  func unifiedGroups(text: String, expected: Int?) throws {
    #expect(
      try quota([
        "/proc/self/cgroup": "0::/user.slice/job\n", "/proc/self/mountinfo": unified,
        "/sys/fs/cgroup/user.slice/job/cpu.max": text + "\n",
      ]) == expected)
  }

  /// A group's limit binds what is below it, however much that is promised.
  @Test func theGroupsAboveBindToo() throws {
    #expect(
      try quota([
        "/proc/self/cgroup": "0::/a/b/c\n", "/proc/self/mountinfo": unified,
        "/sys/fs/cgroup/a/b/c/cpu.max": "800000 100000\n",
        "/sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/a/cpu.max": "300000 100000\n",
      ]) == 3)
  }

  /// A container that sees its own group as the root, and one that sees its host's path but only its own part mounted.
  @Test func containers() throws {
    #expect(
      try quota([
        "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": unified,
        "/sys/fs/cgroup/cpu.max": "400000 100000\n",
      ]) == 4)
    #expect(
      try quota([
        "/proc/self/cgroup": "7:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n0::/elsewhere\n",
        "/proc/self/mountinfo":
          "32 31 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "250000\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ]) == 3)
    #expect(
      try quota([
        "/proc/self/cgroup": "0::/../other\n", "/proc/self/mountinfo": unified,
        "/sys/fs/cgroup/cpu.max": "100000 100000\n",
      ]) == 1)
  }

  /// sched-bwc.rst: −1 is no limit.
  @Test(arguments: [("-1", nil), ("50000", 1), ("1200000", 12)] as [(String, Int?)])
  func oldGroups(quota text: String, expected: Int?) throws {
    #expect(
      try quota([
        "/proc/self/cgroup": "4:cpu,cpuacct:/slurm/job 1\n", "/proc/self/mountinfo": old,
        "/sys/fs/cgroup/cpu,cpuacct/slurm/job 1/cpu.cfs_quota_us": text + "\n",
        "/sys/fs/cgroup/cpu,cpuacct/slurm/job 1/cpu.cfs_period_us": "100000\n",
      ]) == expected)
  }

  @Test func aMountPointWithASpace() throws {
    #expect(
      try quota([
        "/proc/self/cgroup": "0::/\n",
        "/proc/self/mountinfo": "41 31 0:41 / /my\\040groups rw - cgroup2 none rw\n",
        "/my groups/cpu.max": "100000 50000\n",
      ]) == 2)
  }
}
