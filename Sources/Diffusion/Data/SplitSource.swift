/// Images that have been read, in two parts.
struct SplitSource: DataSource {
  /// To train on; all there are where `test` is nil.
  let images: RawData
  let test: RawData?
  let rule: DataSummary.Rule
  let ignored: [DataSummary.Ignored]
  /// nil where `test` is not.
  private let split: HeldOutSplit?

  /// - Parameters:
  ///   - data: without images for testing, a part of the others is held out.
  ///   - file: that the images come from, for errors.
  ///   - labelsFile: that the labels come from.
  ///   - rule: where the images for testing come from.
  /// - Throws: `badInput` if labels skip numbers, a class has no image to train on, there are too few
  ///   images to hold one out, or those for testing are the very ones to train on.
  init(
    _ data: SourceData, _ settings: DataSettings, file: String, labelsFile: String? = nil,
    rule: DataSummary.Rule = .own
  ) throws(DiffusionError) {
    let images = data.images
    ignored = data.ignored
    let testFile = settings.test ?? file
    if let test = data.test, !images.labels.isEmpty {
      try test.requireClasses(of: images, file: testFile)
    }
    let labelled = try images.withClasses(relabel: settings.relabel, file: labelsFile ?? file)
    self.images = labelled
    guard let test = data.test else {
      self.test = nil
      let split = try HeldOutSplit(
        count: images.count, labels: labelled.labels, classes: labelled.classes, file: file,
        className: labelled.className)
      self.split = split
      self.rule = split.rule
      return
    }
    guard test.labels.isEmpty == images.labels.isEmpty else {
      throw DiffusionError(
        .badInput,
        images.labels.isEmpty
          ? "\(testFile): has labels, and the images to train on have none"
          : "\(testFile): has no labels, and the images to train on have some")
    }
    guard !test.hasSameImages(as: images) else {
      throw TestImages.sameImages(testFile, as: file)
    }
    let matched = try test.withClasses(relabel: settings.relabel, file: testFile, like: images)
    try TestImages.requireEveryClass(
      settings, file: testFile, labels: matched.labels, classes: matched.classes,
      className: labelled.className)
    self.test = matched
    split = nil
    self.rule = rule
  }

  func images(_ split: DataSettings.Split, limit: Int?) throws(DiffusionError) -> RawData {
    if let test { return (split == .train ? images : test).first(limit) }
    guard let places = self.split else { return images.first(limit) }
    let chosen = split == .train ? places.training : places.heldOut
    var part = images.selected(Array(chosen.prefix(limit ?? chosen.count)))
    part.available = chosen.count
    return part
  }
}
