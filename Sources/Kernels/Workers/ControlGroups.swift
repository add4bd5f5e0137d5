import Files
import Foundation

/// What Linux's control groups, version 1 or 2, allow this process (cgroups(7), the kernel's cgroup-v2.rst and
/// sched-bwc.rst).
struct ControlGroups {
  /// Where the file system begins: the tests have one of their own.
  var root = ""

  /// Processors' worth of time, rounded up and at least 1: the least of the process's groups and those above them, all of
  /// which bind. Nil where none sets a limit.
  var processorQuota: Int? {
    let mounts = MountTable(text("/proc/self/mountinfo")).mounts.compactMap(Mount.init)
    var least: Double?
    for line in lines("/proc/self/cgroup") {
      // hierarchy:controllers:path, the controllers of version 2 being left out.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isUnified = parts[0] == "0" && parts[1].isEmpty
      guard isUnified || parts[1].split(separator: ",").contains("cpu") else { continue }
      for mount in mounts where isUnified ? mount.isUnified : mount.holdsProcessorTime {
        for folder in mount.folders(of: String(parts[2])) {
          guard let limit = isUnified ? unifiedLimit(folder) : limit(folder) else { continue }
          least = min(least ?? limit, limit)
        }
      }
    }
    return least.map { max(1, Int($0.rounded(.up))) }
  }

  /// `cpu.max`: "150000 100000", microseconds in each period, or "max 100000".
  private func unifiedLimit(_ folder: String) -> Double? {
    let words = lines(folder + "/cpu.max").first?.split(separator: " ").map(String.init) ?? []
    guard words.count == 2 else { return nil }
    return processors(quota: words[0], period: words[1])
  }

  /// Version 1: the quota is −1 where there is none.
  private func limit(_ folder: String) -> Double? {
    guard let quota = lines(folder + "/cpu.cfs_quota_us").first,
      let period = lines(folder + "/cpu.cfs_period_us").first
    else { return nil }
    return processors(quota: quota, period: period)
  }

  private func processors(quota: String, period: String) -> Double? {
    guard let quota = Double(quota), let period = Double(period), quota > 0, period > 0,
      quota / period < 1e6
    else { return nil }
    return quota / period
  }

  private func lines(_ path: String) -> [String] {
    text(path).split(separator: "\n").map(String.init)
  }

  /// Empty where it cannot be read.
  private func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: root + path) ?? Data(), as: UTF8.self)
  }

  /// A mount of control groups.
  private struct Mount {
    /// The group that is seen at the mount point.
    let group: String
    let place: String
    let isUnified: Bool
    let holdsProcessorTime: Bool

    init?(_ mount: MountTable.Mount) {
      isUnified = mount.fileSystem == "cgroup2"
      holdsProcessorTime = mount.fileSystem == "cgroup" && mount.options.contains("cpu")
      guard isUnified || holdsProcessorTime else { return nil }
      (group, place) = (mount.root, mount.point)
    }

    /// Folders of a group and of those above it, as far as they are seen here. What is not below the mounted group, as in a
    /// container that knows only its own, is taken to be that group itself.
    func folders(of path: String) -> [String] {
      var inside = path
      if group != "/" {
        inside = path.hasPrefix(group + "/") ? String(path.dropFirst(group.count)) : ""
      }
      if inside.contains("/..") { inside = "" }
      let names = inside.split(separator: "/").map(String.init)
      return (0...names.count).map { ([place] + names.prefix($0)).joined(separator: "/") }
    }
  }
}
