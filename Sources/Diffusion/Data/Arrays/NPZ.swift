/// NumPy's archives: arrays with names, among them images, labels, and perhaps images to test on.
enum NPZ {
  /// Names that go together.
  private struct Names {
    var images: String
    var labels: String?
    var test: (images: String, labels: String)?

    init(_ images: String, _ labels: String?, test: (String, String)? = nil) {
      self.images = images
      self.labels = labels
      self.test = test.map { (images: $0.0, labels: $0.1) }
    }
  }

  /// In order of search.
  private static let known: [Names] = [
    // Ours; MedMNIST's, whose val_images are left out; Keras's.
    Names("images", "labels", test: ("test_images", "test_labels")),
    Names("train_images", "train_labels", test: ("test_images", "test_labels")),
    Names("x_train", "y_train", test: ("x_test", "y_test")),
    Names("X_train", "y_train", test: ("X_test", "y_test")),
    Names("x", "y"), Names("X", "y"), Names("data", "labels"),
    // Samples as ADM and its successors write them.
    Names("arr_0", "arr_1"),
  ]

  /// Images that are neither trained on nor held out, and their labels.
  private static let validation = ["val_images": "val_labels", "x_val": "y_val", "X_val": "y_val"]

  /// - Parameters:
  ///   - images: the name of an array; nil: found by the names that people use, or as the only one of images.
  ///   - labels: likewise; ``DataSettings/noLabels``: none are wanted.
  ///   - conditions: names of arrays (N) or (N, A) of numbers that come with each image; for images to test on they are
  ///     called `test_NAME`, or have `test` in the place of `train`.
  /// - Throws: `notFound`, `inputOutput`, `badInput`.
  static func read(
    _ path: String, images: String? = nil, labels: String? = nil, conditions: [String] = [],
    numbers: ImageNumbers = ImageNumbers()
  ) throws(DiffusionError) -> SourceData {
    let archive = try ZipArchive(path)
    let names = try names(in: archive, images: images, labels: labels)
    if images == nil, labels == nil, names.labels == nil, conditions.isEmpty {
      try requireNoLabels(in: archive, besides: names)
    }
    func data(
      _ images: String, _ labels: String?, _ told: [String]
    ) throws(DiffusionError) -> RawData {
      var data = try numbers.images(array(images, in: archive), source: "npz")
      let arrays = try told.map { (name) throws(DiffusionError) in
        (name: name, array: try Self.array(name, in: archive))
      }
      try data.tell(arrays, as: conditions)
      guard let labels else { return data }
      let array = try array(labels, in: archive)
      do throws(DiffusionError) {
        try data.label(array)
      } catch {
        throw DiffusionError(
          error.kind, "\(error.description); data.label_array: none takes the images alone")
      }
      return data
    }
    var result = SourceData(images: try data(names.images, names.labels, conditions), test: nil)
    let used = [
      names.images, result.images.labels.isEmpty ? nil : names.labels, names.test?.images,
      result.images.labels.isEmpty ? nil : names.test?.labels,
    ]
    let told = conditions + (names.test == nil ? [] : conditions.map(testName))
    result.ignored = ignored(in: archive, used: Set(used.compactMap(\.self) + told))
    if let test = names.test {
      result.test = try data(
        test.images, result.images.labels.isEmpty ? nil : test.labels, conditions.map(testName))
    }
    return result
  }

  /// Of an array that belongs to the images to test on.
  private static func testName(_ name: String) -> String {
    name.contains("train") ? name.replacing("train", with: "test") : "test_" + name
  }

  /// The arrays that are not used: images by their number, and the rest but for the labels of such images.
  private static func ignored(
    in archive: ZipArchive, used: Set<String>
  ) -> [DataSummary.Ignored] {
    var ignored: [DataSummary.Ignored] = []
    var others: [String] = []
    for name in archive.members.compactMap({ self.name(of: $0) }).sorted()
    where !used.contains(name) {
      if let shape = try? header(name, in: archive).shape, (3...4).contains(shape.count) {
        ignored.append(
          .init(
            reason: validation[name] == nil ? "not selected" : "for validation", count: shape[0],
            unit: .images, examples: [name]))
      } else if !validation.values.contains(name) {
        others.append(name)
      }
    }
    if !others.isEmpty {
      ignored.append(
        .init(
          reason: "neither the images nor their labels", count: others.count, unit: .arrays,
          examples: others))
    }
    return ignored
  }

  /// Whole numbers as many as the images, some of them alike, are probably classes.
  private static func requireNoLabels(
    in archive: ZipArchive, besides names: Names
  ) throws(DiffusionError) {
    let count = try header(names.images, in: archive).shape.first ?? 0
    let others = archive.members.compactMap { name(of: $0) }.sorted()
      .filter { ![names.images, names.test?.images, names.test?.labels].contains($0) }
    let candidates = others.filter { name in
      guard let shape = try? header(name, in: archive).shape,
        shape == [count] || shape == [count, 1],
        let labels = try? array(name, in: archive).labels(count: count)
      else { return false }
      return Set(labels).count < count
    }
    guard !candidates.isEmpty else { return }
    let answers = (candidates + [DataSettings.noLabels]).map { "data.label_array: \($0)" }
    throw DiffusionError(
      .badInput,
      "\(archive.path): holds \(candidates.joined(separator: ", ")), "
        + (candidates.count == 1
          ? "a whole number for each image of \(names.images): are these the labels? "
          : "whole numbers for each image of \(names.images): are the labels among them? ")
        + "Set \(answers.joined(separator: ", or "))")
  }

  private static func names(
    in archive: ZipArchive, images: String?, labels: String?
  ) throws(DiffusionError) -> Names {
    let there = Set(archive.members.compactMap { name(of: $0) })
    let isUnlabelled = labels == DataSettings.noLabels
    let labels = isUnlabelled ? nil : labels
    if let images { return Names(images, labels) }
    for var names in known where there.contains(names.images) {
      if let own = labels ?? names.labels, !isUnlabelled, labels != nil || there.contains(own) {
        names.labels = own
      } else {
        names.labels = nil
      }
      if let test = names.test, !there.contains(test.images) { names.test = nil }
      if let test = names.test, names.labels != nil, !there.contains(test.labels) {
        throw DiffusionError(
          .badInput,
          "\(archive.path): holds \(test.images), but not \(test.labels): to use \(names.images) alone, "
            + "set data.image_array: \(names.images), with data.label_array if they have labels")
      }
      return names
    }
    // The only one that has the sides of images.
    var candidates: [String] = []
    for name in there.sorted() {
      if try (3...4).contains(header(name, in: archive).shape.count) { candidates.append(name) }
    }
    guard candidates.count == 1 else {
      throw DiffusionError(
        .badInput,
        "\(archive.path): holds the arrays \(there.sorted().joined(separator: ", ")); which are the "
          + "images? Set data.image_array, and data.label_array if there are labels")
    }
    return Names(candidates[0], labels)
  }

  private static func name(of member: ZipArchive.Member) -> String? {
    member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : nil
  }

  private static func source(
    _ name: String, in archive: ZipArchive
  ) throws(DiffusionError) -> BytesSource {
    guard let member = archive.members.first(where: { self.name(of: $0) == name }) else {
      let there = archive.members.compactMap { self.name(of: $0) }.sorted()
      throw DiffusionError(
        .badInput,
        "\(archive.path): holds no array \(name.debugDescription), but "
          + (there.isEmpty ? "none at all" : there.joined(separator: ", ")))
    }
    return BytesSource(try archive.read(member), path: "\(archive.path): \(name)")
  }

  private static func array(
    _ name: String, in archive: ZipArchive
  ) throws(DiffusionError) -> NumberArray {
    try NPY.array(try source(name, in: archive))
  }

  private static func header(
    _ name: String, in archive: ZipArchive
  ) throws(DiffusionError) -> NPYHeader {
    try NPYHeader(try source(name, in: archive))
  }
}
