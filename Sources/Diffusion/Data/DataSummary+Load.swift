extension DataSummary {
  init(
    _ settings: DataSettings, _ reading: DataReading, training: DataReading.Part,
    heldOut: DataReading.Part
  ) {
    let data = training.data
    source = data.name
    path = settings.source.path
    self.training = data.count
    self.heldOut = heldOut.data.count
    used = self.training + self.heldOut
    let available = training.available + heldOut.available
    beyondLimit = available - used
    ignored = reading.source?.ignored ?? []
    found = available + ignored.reduce(0) { $0 + ($1.unit == .arrays ? 0 : $1.count) }
    rule = reading.rule
    heldOutFolder = reading.source?.heldOutFolder
    split = settings.split
    (height, width, channels, isImage) = (data.height, data.width, data.channels, data.isImage)
    range = data.valueRange

    let stored = training.stored.flatMap { own in heldOut.stored.map(own.merged) }
    let isResized = stored.map {
      $0.heights != data.height...data.height || $0.widths != data.width...data.width
    }
    storedHeights = isResized == true ? stored?.heights : nil
    storedWidths = isResized == true ? stored?.widths : nil
    let counts = stored?.channels ?? [:]
    storedChannels = counts.keys.contains { $0 != data.channels } ? counts : [:]
    let isImageFiles = if case .images = settings.source { true } else { false }
    storedRange =
      training.stored?.values?.range ?? (isImageFiles ? nil : data.byteRange ?? range)
    let dark = stored?.values?.darkEnd(count: data.count * data.valuesPerImage)
    brighterEnd = isImageFiles ? dark : nil

    func counted(_ data: DataSet) -> [Int] {
      var counts = [Int](repeating: 0, count: data.classes)
      for label in data.labels { counts[Int(label)] += 1 }
      return counts
    }
    let names = data.classNames
    classes = zip(counted(data), counted(heldOut.data)).enumerated().map { label, counts in
      ClassCount(
        name: label < names.count ? names[label] : nil, training: counts.0, heldOut: counts.1)
    }
  }
}

extension DataSettings.Source {
  /// The file or folder; nil: found by its name, or drawn.
  var path: String? {
    switch self {
    case .cifar10(let path), .cifar100(let path, _), .images(let path), .idx(let path, _),
      .npy(let path, _), .npz(let path, _, _), .csv(let path, _):
      path
    case .points(_, let path, _): path
    case .fashionMNIST, .shapes, .gaussian, .mixture: nil
    }
  }
}
