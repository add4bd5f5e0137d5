import Foundation

/// Where data sets are looked for: the folders of `WORKBENCH_DATA` (separated by colons), then where
/// packages install them.
package struct DataFolders: Sendable {
  /// In order of search.
  package let folders: [String]

  init(folders: [String]) {
    self.folders = folders
  }

  package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let own = environment["WORKBENCH_DATA"]?.split(separator: ":").map(String.init) ?? []
    folders =
      own + [
        "/usr/share/datasets", "/usr/local/share/datasets", "/opt/homebrew/share/datasets",
      ]
  }

  /// Every folder in which Fashion-MNIST may lie: the data folders themselves, and their sub-folders
  /// `fashion-mnist`.
  var fashionMNIST: [String] {
    folders.flatMap { [$0 + "/fashion-mnist", $0] }
  }

  /// The folder in which Fashion-MNIST's training images lie; nil: nowhere.
  package func findFashionMNIST() -> String? {
    fashionMNIST.first { DataFolders.file("train-images-idx3-ubyte", in: $0) != nil }
  }

  /// A file, plain or else as `.gz`.
  static func file(_ name: String, in folder: String) -> String? {
    ["\(folder)/\(name)", "\(folder)/\(name).gz"].first {
      FileManager.default.fileExists(atPath: $0)
    }
  }
}
