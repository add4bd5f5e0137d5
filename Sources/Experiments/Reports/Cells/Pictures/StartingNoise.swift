/// Where samples of several runs start from.
enum StartingNoise {
  /// What changes it, whether it was swept or not.
  static let settings = ["sampling.seed", "data.size", "data.source", "data.path"]

  /// Whether it is the same noise in all: it goes by the seed and by the shape of the images.
  ///
  /// - Parameter paths: settings in which the runs differ.
  static func isSame(differing paths: some Sequence<String>) -> Bool {
    // What is known to leave an image's height, width and channels as they are.
    let harmless: Set = [
      "data.flip", "data.shift", "data.brightness", "data.limit", "data.split", "data.variance",
      "data.mean",
    ]
    return paths.allSatisfy {
      $0 != "sampling.seed" && (!$0.hasPrefix("data.") || harmless.contains($0))
    }
  }
}
