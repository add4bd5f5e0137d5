/// The data of an experiment: images to train on, images held out, and an account of both.
package struct LoadedData: Sendable {
  package let training: DataSet
  package let heldOut: DataSet
  package let summary: DataSummary

  /// Reads what the settings name; see ``DataSet/load(_:split:)``.
  ///
  /// - Throws: `notFound`, `inputOutput`, or `badInput` if a file is malformed or does not fit the
  ///   settings, if images would be left out or a class not be trained on without the settings saying so;
  ///   each names the file, what was found and what to do.
  package init(_ settings: DataSettings) throws(DiffusionError) {
    do throws(DiffusionError) {
      try self.init(settings, folders: DataFolders())
    } catch {
      throw error.kind == .notFound ? settings.naming(error) : error
    }
  }

  init(_ settings: DataSettings, folders: DataFolders) throws(DiffusionError) {
    let reading = try DataReading(settings, folders: folders)
    let training = try reading.part(settings.split)
    let heldOut = try reading.part(settings.split == .train ? .test : .train)
    try Self.check(training.data, heldOut.data, settings)
    try Self.check(training, heldOut, settings)
    self.training = training.data
    self.heldOut = heldOut.data
    summary = DataSummary(settings, reading, training: training, heldOut: heldOut)
  }

  private static func check(
    _ training: DataSet, _ heldOut: DataSet, _ settings: DataSettings
  ) throws(DiffusionError) {
    func shape(_ data: DataSet) -> String { "\(data.height)×\(data.width)×\(data.channels)" }
    guard shape(training) != shape(heldOut) else { return }
    var answers: [String] = []
    if (training.height, training.width) != (heldOut.height, heldOut.width) {
      answers.append("data.size to bring all to one size")
    }
    if training.channels != heldOut.channels { answers.append("data.channels to 1 or 3") }
    throw DiffusionError(
      .badInput,
      "\(settings.source.path ?? training.name): images to train on are \(shape(training)) (height, "
        + "width, channels), images held out are \(shape(heldOut)): set "
        + answers.joined(separator: ", and "))
  }

  /// Values that would be nearly black are asked about, as far as files are not known for what they are.
  private static func check(
    _ training: DataReading.Part, _ heldOut: DataReading.Part, _ settings: DataSettings
  ) throws(DiffusionError) {
    guard training.data.isImage, let own = training.stored, let other = heldOut.stored,
      let values = own.merged(with: other).values,
      let end = values.darkEnd(count: training.data.count * training.data.valuesPerImage)
    else { return }
    // Pictures of bytes are what they look like: the summary says that they are dark.
    if case .images = settings.source, values.bits == 8 { return }
    let white = values.bits == 16 ? 65535 : 255
    throw DiffusionError(
      .badInput,
      "\(settings.source.path ?? training.data.name): its values range from \(plain(values.range.lower)) "
        + "to \(plain(values.range.upper)), nearly black where \(white) is white: which value is white? "
        + "Set it, for instance data.range: [0, \(end)]; data.range: [0, \(white)] leaves them as dark "
        + "as they are")
  }
}

extension DataSettings {
  /// An error with the key that names the file or folder before it.
  fileprivate func naming(_ error: DiffusionError) -> DiffusionError {
    var places: [(key: String, path: String?)] = [
      ("data.test", test), ("data.test_labels", testLabels),
    ]
    switch source {
    case .idx(let images, let labels):
      places += [("data.images", images), ("data.labels", labels)]
    case .npy(let path, let labels): places += [("data.path", path), ("data.labels", labels)]
    case .cifar10(let path), .cifar100(let path, _), .images(let path), .npz(let path, _, _),
      .csv(let path, _):
      places.append(("data.path", path))
    case .points(_, let path, _): places.append(("data.path", path))
    case .fashionMNIST, .shapes, .gaussian, .mixture: break
    }
    let text = error.description
    let place = places.first { place in
      place.path.map { text.hasPrefix($0 + ":") || text.hasPrefix($0 + "/") } ?? false
    }
    return place.map { DiffusionError(error.kind, "\($0.key): \(text)") } ?? error
  }
}

/// Data of which parts can be read.
struct DataReading {
  /// A part, and what it was made from.
  struct Part {
    var data: DataSet
    /// nil: generated on the fly.
    var stored: StoredForm?
    /// Images before a limit.
    var available: Int
  }

  let settings: DataSettings
  /// nil: made up.
  let source: (any DataSource)?

  init(_ settings: DataSettings, folders: DataFolders) throws(DiffusionError) {
    if let limit = settings.limit, limit < 1 {
      throw DiffusionError(.badInput, "data.limit is \(limit), expected at least 1")
    }
    if let size = settings.size, !(1...DataSet.mostSide).contains(size) {
      throw DiffusionError(.badInput, "data.size is \(size), expected 1 to \(DataSet.mostSide)")
    }
    self.settings = settings
    switch settings.source {
    case .shapes, .gaussian, .mixture: source = nil
    case .points(let shape, let path, let label):
      source = try PointFile.source(shape, path: path, label: label, settings)
    case .fashionMNIST: source = FashionMNIST.Source(folders: folders)
    case .cifar10(let path): source = CIFAR10.Source(folder: path)
    case .images(let path): source = try ImageFolderSource(path, settings)
    case .cifar100(let path, let classes): source = CIFAR100.Source(folder: path, classes: classes)
    case .idx(let path, let labels):
      source = try Self.source(settings, file: path, labels: labels) {
        path, labels throws(DiffusionError) in
        SourceData(
          images: try IDX.read(images: path, labels: labels, numbers: ImageNumbers(settings)))
      }
    case .npy(let path, let labels):
      source = try Self.source(settings, file: path, labels: labels) {
        path, labels throws(DiffusionError) in
        SourceData(images: try NPY.read(path, labels: labels, numbers: ImageNumbers(settings)))
      }
    case .npz(let path, let images, let labels):
      source = try Self.source(settings, file: path) { path, _ throws(DiffusionError) in
        try NPZ.read(
          path, images: images, labels: labels, conditions: settings.conditions,
          numbers: ImageNumbers(settings))
      }
    case .csv(let path, let label):
      // What is found in the file to train on holds for that of `data.test`.
      var isFirst = false
      source = try Self.source(settings, file: path) { path, _ throws(DiffusionError) in
        let table = try CSV.read(
          path, label: label, conditions: settings.conditions, isFirst: isFirst,
          numbers: ImageNumbers(settings))
        isFirst = table.isFirst
        return SourceData(images: table.images)
      }
    }
  }

  /// - Parameter read: a file, and a file of its labels.
  private static func source(
    _ settings: DataSettings, file: String, labels: String? = nil,
    read: (String, String?) throws(DiffusionError) -> SourceData
  ) throws(DiffusionError) -> SplitSource {
    var data = try read(file, labels)
    var rule = DataSummary.Rule.own
    if let test = settings.test {
      try TestImages.requireOther(test, than: file, hasOwn: data.test != nil)
      data.test = try read(test, settings.testLabels).images
      rule = .given
    }
    return try SplitSource(data, settings, file: file, labelsFile: labels, rule: rule)
  }

  var rule: DataSummary.Rule { source?.rule ?? .drawn }

  func part(_ split: DataSettings.Split) throws(DiffusionError) -> Part {
    let limit = split == settings.split ? settings.limit : nil
    guard let source else {
      let data = try drawn(split, limit)
      return Part(data: data, stored: nil, available: data.count)
    }
    let raw = try source.images(split, limit: limit)
    let file = settings.source.path ?? raw.name
    let ready = try raw.with(channels: settings.channels, file: file)
      .fitted(size: settings.size, fit: settings.fit, filter: settings.filter, file: file)
      .named(settings.classNames)
    return Part(data: ready.dataSet(), stored: ready.form, available: raw.available ?? raw.count)
  }

  private func drawn(
    _ split: DataSettings.Split, _ limit: Int?
  ) throws(DiffusionError) -> DataSet {
    switch settings.source {
    case .gaussian(let variance, let mean):
      try Gaussians.dataSet(
        variance: variance, mean: mean, dimensions: settings.size ?? 1, split: split, limit: limit)
    case .mixture(let means, let deviation, let weights):
      try Gaussians.mixture(
        try MixtureParameters(means: means, deviation: deviation, weights: weights),
        size: settings.size, split: split, limit: limit)
    case .points(let shape?, _, _): try Points.dataSet(shape, split: split, limit: limit)
    default:
      try Shapes.dataSet(
        size: settings.size, split: split, limit: limit, conditions: settings.conditions)
    }
  }
}
