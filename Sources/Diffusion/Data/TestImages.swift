private import Foundation

#if canImport(Darwin)
  private import Darwin
#else
  private import Glibc
#endif

/// What images for testing must be, wherever they come from: others than those to train on, and of every class where they
/// are what is trained on.
enum TestImages {
  /// - Parameters:
  ///   - file: that the images for testing come from.
  ///   - labels: theirs.
  /// - Throws: `badInput` where `data.split: test` trains on them and a class has none.
  static func requireEveryClass(
    _ settings: DataSettings, file: String, labels: some Sequence<Int32>, classes: Int,
    className: (Int) -> String
  ) throws(DiffusionError) {
    guard settings.split == .test else { return }
    let there = Set(labels)
    let missing = (0..<classes).filter { !there.contains(Int32($0)) }
    guard !missing.isEmpty else { return }
    let shown = missing.prefix(5).map(className).joined(separator: ", ")
    throw DiffusionError(
      .badInput,
      "\(file): holds no image for testing of "
        + (missing.count == 1 ? "class \(shown)" : "classes \(shown)")
        + (missing.count > 5 ? " and \(missing.count - 5) more" : "")
        + ", and data.split: test would train on no other: leave data.split out, or take "
        + (missing.count == 1 ? "that class" : "those classes") + " out of the other images")
  }

  /// - Parameter hasOwn: the source has images of its own for testing.
  /// - Throws: `badInput` where `data.test` is the very file, or folder, that is trained on.
  static func requireOther(
    _ test: String, than path: String, isFolder: Bool = false, hasOwn: Bool
  ) throws(DiffusionError) {
    guard let own = FileIdentity(path), own == FileIdentity(test) else { return }
    throw DiffusionError(
      .badInput,
      "data.test: \(test) is the \(isFolder ? "folder" : "file") that is trained on: "
        + (hasOwn
          ? "leave data.test out, and its own images for testing are held out"
          : "name another, or leave data.test out to hold out a tenth"))
  }

  /// - Parameters:
  ///   - trained, heldOut: a file an image, those of a class by name.
  ///   - path: that the images to train on come from, and `test` those for testing.
  /// - Throws: `badInput` where a file is among both, or all of the one are copies of the other.
  static func requireOthers(
    _ trained: [String], _ heldOut: [String], path: String, test: String
  ) throws(DiffusionError) {
    let own = trained.map { FileIdentity($0) }
    let other = heldOut.map { FileIdentity($0) }
    let places = Dictionary(
      zip(own, trained).compactMap { id, file in id.map { ($0, file) } }
    ) { first, _ in first }
    for (file, id) in zip(heldOut, other) {
      guard let id, let same = places[id] else { continue }
      throw DiffusionError(
        .badInput,
        "\(file): is for testing, and trained on too"
          + (same == file ? "" : ", as \(same)")
          + ": leave it out of \(path) with data.ignore, or name other images for testing")
    }
    let isCopy =
      own.map { $0?.size } == other.map { $0?.size }
      && zip(trained, heldOut).allSatisfy {
        FileManager.default.contentsEqual(atPath: $0, andPath: $1)
      }
    if isCopy { throw sameImages(test, as: path) }
  }

  static func sameImages(_ test: String, as path: String) -> DiffusionError {
    DiffusionError(
      .badInput,
      test == path
        ? "\(path): its images for testing are the very images to train on: name others (data.test)"
        : "\(test): holds the very images of \(path), which are trained on: name other images for "
          + "testing, or hold out a tenth by naming none")
  }

  /// Of a file or folder, whatever names and links lead to it.
  private struct FileIdentity: Hashable {
    var device: Int
    var number: Int
    var size: Int

    /// nil: there is none.
    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      (device, number) = (Int(status.st_dev), Int(status.st_ino))
      size = Int(status.st_size)
    }
  }
}
