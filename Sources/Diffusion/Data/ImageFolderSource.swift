/// A folder of images in two parts: folders `train` and `test` (or `val`) within it, or another folder
/// for testing, or the last tenth of each class.
struct ImageFolderSource: DataSource {
  let rule: DataSummary.Rule
  let heldOutFolder: String?
  let ignored: [DataSummary.Ignored]
  private let settings: DataSettings
  private let path: String
  private let classNames: [String]
  private let training: [(path: String, label: Int)]
  private let heldOut: [(path: String, label: Int)]

  static let trainingNames = ["train", "training"]
  /// In the order in which one of several is taken.
  static let testNames = ["test", "testing", "val", "valid", "validation"]

  /// - Throws: as ``ImageFolder``; `badInput` if a class has no image to train on, one for testing does not
  ///   stand among those to train on, or images for testing are trained on too.
  init(_ path: String, _ settings: DataSettings) throws(DiffusionError) {
    self.path = path
    self.settings = settings
    if let test = settings.test {
      try TestImages.requireOther(test, than: path, isFolder: true, hasOwn: false)
      let (own, other) = (try ImageFolder(path, settings), try ImageFolder(test, settings))
      try Self.check(settings.ignore, own.unusedPatterns.intersection(other.unusedPatterns), path)
      var all = IgnoredFiles()
      all.add(own.ignored, in: "")
      all.add(other.ignored, in: test)
      (training, heldOut) = (own.all, try Self.matched(other, to: own, settings))
      (rule, ignored, classNames) = (.given, all.list, own.classNames)
      heldOutFolder = nil
      return
    }
    var scan = FolderScan(path, settings)
    if let parts = try Self.parts(of: path, &scan) {
      let own = try ImageFolder("\(path)/\(parts.training)", settings)
      let other = try ImageFolder("\(path)/\(parts.test)", settings)
      for folder in parts.others {
        try scan.leaveOut(
          folder: folder,
          "for validation: \(parts.test) is what is held out (set data.path and data.test to choose)"
        )
      }
      var all = scan.ignored
      all.add(own.ignored, in: parts.training)
      all.add(other.ignored, in: parts.test)
      try Self.check(
        settings.ignore,
        scan.unusedPatterns.intersection(own.unusedPatterns).intersection(other.unusedPatterns),
        path)
      (training, heldOut) = (own.all, try Self.matched(other, to: own, settings))
      (rule, ignored, classNames) = (.folders, all.list, own.classNames)
      heldOutFolder = parts.test
      return
    }
    let folder = try ImageFolder(path, settings)
    try Self.check(settings.ignore, folder.unusedPatterns, path)
    let single = folder.groups.indices.filter { folder.groups[$0].count == 1 }
    if !single.isEmpty {
      guard !folder.classNames.isEmpty else {
        throw DiffusionError(
          .badInput,
          "\(path): holds 1 image, expected at least 2: the last tenth is held out for testing")
      }
      throw HeldOutSplit.tooFew(single.map { folder.classNames[$0] }, file: path)
    }
    func part(_ take: ([String], Int) -> ArraySlice<String>) -> [(path: String, label: Int)] {
      HeldOutSplit.inTurn(
        folder.groups.enumerated().map { label, group in
          take(group, group.count - HeldOutSplit.share(of: group.count)).map { ($0, label) }
        })
    }
    training = part { $0[..<$1] }
    heldOut = part { $0[$1...] }
    rule = folder.classNames.isEmpty ? .lastTenth : .lastTenthOfEachClass
    (ignored, classNames) = (folder.ignored, folder.classNames)
    heldOutFolder = nil
  }

  func images(_ split: DataSettings.Split, limit: Int?) throws(DiffusionError) -> RawData {
    let all = split == .train ? training : heldOut
    let files = all.prefix(limit ?? all.count)
    var data = try ImageFiles.read(files.map(\.path), settings, folder: path)
    data.available = all.count
    guard !classNames.isEmpty else { return data }
    data.labels = files.map { Int32($0.label) }
    data.classes = classNames.count
    data.classNames = classNames
    return data
  }

  /// The folders `train` and `test` of a folder that holds such folders and no image.
  private static func parts(
    of path: String, _ scan: inout FolderScan
  ) throws(DiffusionError) -> (training: String, test: String, others: [String])? {
    let entries = try FolderListing.entries(of: path)
    let folders = entries.filter { $0.isFolder && !$0.isHidden }.map(\.name)
    let training = folders.filter { trainingNames.contains($0.lowercased()) }
    let test = testNames.flatMap { name in folders.filter { $0.lowercased() == name } }
    guard training.count == 1, !test.isEmpty else { return nil }
    // From here on every file counts.
    let rest = try scan.entries(in: "")
    let kept = rest.filter(\.isFolder).map(\.name)
    let tests = test.filter(kept.contains)
    guard kept.count == 1 + tests.count, kept.contains(training[0]), let first = tests.first else {
      scan = scan.anew
      return nil
    }
    for entry in rest where !entry.isFolder {
      guard try !scan.isImage(entry.name) else {
        throw DiffusionError(
          .badInput,
          "\(path): holds images (\(entry.name)) beside the folders \(training[0]) and \(first): move "
            + "them into one of these, or leave them out with data.ignore")
      }
    }
    return (training[0], first, Array(tests.dropFirst()))
  }

  /// The images for testing, numbered as the classes that are trained on.
  private static func matched(
    _ test: ImageFolder, to training: ImageFolder, _ settings: DataSettings
  ) throws(DiffusionError) -> [(path: String, label: Int)] {
    let instead =
      settings.test != nil
      ? "" : "; to hold out a tenth of the rest instead, set data.path: \(training.path)"
    guard test.classNames.isEmpty == training.classNames.isEmpty else {
      throw DiffusionError(
        .badInput,
        training.classNames.isEmpty
          ? "\(test.path): has one folder per class, but \(training.path) has no classes\(instead)"
          : "\(test.path): has no classes, but \(training.path) has one folder per class\(instead)")
    }
    var numbers: [Int] = [0]
    if !test.classNames.isEmpty {
      numbers = []
      for name in test.classNames {
        guard let number = training.classNames.firstIndex(of: name) else {
          throw DiffusionError(
            .badInput,
            "\(test.path)/\(name): there is no class \(name) in \(training.path), so it would never be "
              + "trained on\(instead)")
        }
        numbers.append(number)
      }
    }
    try TestImages.requireOthers(
      training.groups.flatMap(\.self), test.groups.flatMap(\.self), path: training.path,
      test: test.path)
    try TestImages.requireEveryClass(
      settings, file: test.path, labels: numbers.map(Int32.init),
      classes: training.classNames.count, className: { training.classNames[$0] })
    return test.all.map { ($0.path, numbers[$0.label]) }
  }

  private static func check(
    _ patterns: [String], _ unused: Set<String>, _ path: String
  ) throws(DiffusionError) {
    guard let pattern = patterns.first(where: unused.contains) else { return }
    throw DiffusionError(
      .badInput, "data.ignore: nothing in \(path) fits '\(pattern)': remove or correct it")
  }
}
