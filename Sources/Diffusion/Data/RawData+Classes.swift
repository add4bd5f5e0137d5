extension RawData {
  /// Labels that go from 0 without a gap.
  ///
  /// - Parameters:
  ///   - relabel: number the labels that occur from 0, in their order.
  ///   - file: that they come from, for errors.
  ///   - training: the images that the numbers come from, where these are for testing.
  /// - Throws: `badInput` if labels skip numbers.
  /// - Precondition: see ``requireClasses(of:file:)``.
  func withClasses(
    relabel: Bool, file: String, like training: RawData? = nil
  ) throws(DiffusionError) -> RawData {
    guard !labels.isEmpty else { return self }
    let source = training ?? self
    let occurring = Set(source.labels).sorted()
    let known = Set(occurring)
    let missing = (0..<source.classes).lazy.filter { !known.contains(Int32($0)) }
    if let least = occurring.first, least < 0 {
      throw DiffusionError(.badInput, "\(file): holds the label \(least), expected 0 or more")
    }
    guard !missing.isEmpty else {
      var result = self
      result.classes = source.classes
      return result
    }
    guard relabel else {
      let count = source.classes - occurring.count
      let shown = missing.prefix(5).map { source.className($0) }.joined(separator: ", ")
      throw DiffusionError(
        .badInput,
        "\(file): its labels go up to \(source.classes - 1), and no image is of "
          + (count == 1 ? "class \(shown)" : "classes \(shown)")
          + (count > 5 ? " and \(count - 5) more" : "")
          + ": correct the labels, or set data.relabel: true to number those that occur from 0 to "
          + "\(occurring.count - 1)")
    }
    var numbers: [Int32: Int32] = [:]
    for (number, label) in occurring.enumerated() { numbers[label] = Int32(number) }
    var result = self
    result.labels = labels.map { numbers[$0] ?? 0 }
    result.classes = occurring.count
    if !source.classNames.isEmpty {
      result.classNames = occurring.map { source.classNames[Int($0)] }
    }
    return result
  }

  /// - Parameter file: that these images, for testing, come from.
  /// - Throws: `badInput` if one of them is of a class that no image to train on is of.
  func requireClasses(of training: RawData, file: String) throws(DiffusionError) {
    let strange = Set(labels).subtracting(training.labels).sorted()
    guard let first = strange.first else { return }
    let count = labels.count { strange.contains($0) }
    let shown = strange.prefix(5).map(String.init).joined(separator: ", ")
    throw DiffusionError(
      .badInput,
      "\(file): \(count) \(count == 1 ? "image" : "images") for testing "
        + (strange.count == 1
          ? "\(count == 1 ? "has" : "have") the label \(first)"
          : "have the labels \(shown)"
            + (strange.count > 5 ? " and \(strange.count - 5) more" : ""))
        + ", which no training image has: remove them, or add images to train on")
  }

  /// A class by its name, or else its number.
  func className(_ label: Int) -> String {
    label < classNames.count ? classNames[label] : String(label)
  }

  /// - Parameter names: empty: those that it has.
  /// - Throws: `badInput` if there are not as many as classes, or two are alike.
  func named(_ names: [String]) throws(DiffusionError) -> RawData {
    guard !names.isEmpty else { return self }
    guard names.count == classes else {
      throw DiffusionError(
        .badInput,
        classes == 0
          ? "data.class_names: gives \(names.count) names, and the images have no classes"
          : "data.class_names: gives \(names.count) names, expected \(classes), one per class")
    }
    var result = self
    result.classNames = names
    return result
  }
}
