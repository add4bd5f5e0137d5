import Foundation
import TestSupport
import Testing

/// Files and folders that the program makes have the permissions that the umask leaves, so that a group can share a store.
@Suite struct PermissionTests {
  /// A network of more than 1 MiB, so that there are artifacts beside the database.
  private static let experiment = """
    model: {levels: 3, base_channels: 72}
    training: {steps: 3, batch: 4, keep_state: true}
    sampling: {steps: 2, count: 4}
    evaluation: {images: 8, metrics: [loss]}

    """

  @Test(arguments: [0o002, 0o022, 0o077, 0o027])
  func theUmaskDecides(umask: Int) throws {
    let place = try Workplace(Self.experiment)
    let mask = String(umask, radix: 8)
    func start(_ arguments: [String]) throws {
      let ending = try place.start(arguments, shell: "umask \(mask); exec \"$@\"").wait()
      #expect(ending.code == 0, "\(arguments): \(ending.errors)")
    }
    let out = place.path + "/out"
    try start(["run", place.file, "-o", out + "/reports"])
    try start(["report", "tiny", "-o", out + "/reports", "--html", "--frozen"])
    try start(["artifacts", "last", "-o", out + "/artifacts"])
    try start(["sample", "last", "-o", out + "/grid.png", "--output", out + "/x.safetensors"])
    try start(["schedule", place.file, "-o", out + "/schedule.png"])
    try start(["export", "tiny", "--format", "csv", "-o", out + "/csv"])
    try start(["export", "tiny", "--format", "jsonl", "-o", out + "/runs.jsonl"])
    try start(["export", "tiny", "--format", "capsule", "-o", out + "/capsule.sqlite"])
    try start(["export", "last", "--format", "safetensors", "-o", out + "/network.safetensors"])
    try start(["new", out + "/mine"])
    // The log and its index, while another process has the store open.
    let store = try place.store()
    try start(["tag", "last", "x"])
    var seen: Set<String> = []
    for folder in [place.storeFolder, out] {
      for path in try [folder]
        + FileManager.default.subpathsOfDirectory(atPath: folder).map({ "\(folder)/\($0)" })
      {
        var status = stat()
        try #require(stat(path, &status) == 0)
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        let expected = UInt32((isFolder ? 0o777 : 0o666) & ~umask)
        #expect(
          UInt32(status.st_mode) & 0o777 == expected,
          "\(path): \(String(status.st_mode & 0o777, radix: 8)) under \(mask)")
        seen.insert((path as NSString).lastPathComponent)
      }
    }
    withExtendedLifetime(store) {}
    #expect(
      seen.isSuperset(of: [
        "workbench.sqlite", "workbench.sqlite-wal", "workbench.sqlite-shm", "workbench.lock",
        "workbench.artifacts.lock", "state.safetensors", "lock", "artifacts", "tiny.md",
        "tiny.html", "frozen.json", "grid.png", "runs.csv", "capsule.sqlite", "mine.yaml",
      ]), "\(seen)")
  }
}
