extension DataSummary {
  init(
    _ settings: DataSettings, _ reading: DataReading, training: DataReading.Part,
    heldOut: DataReading.Part
  ) {
    let data = training.data
    source = data.name
    switch settings.source {
    case .cifar10(let path), .cifar100(let path, _), .images(let path), .idx(let path, _),
      .npy(let path, _), .npz(let path, _, _), .csv(let path):
      self.path = path
    case .fashionMNIST, .shapes, .gaussian, .mixture: path = nil
    }
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
    storedRange =
      stored?.range ?? data.byteRange
      ?? range.map { range in settings.range.map { $0.unscaled(range) } ?? range }
    let isResized = stored.map {
      $0.heights != data.height...data.height || $0.widths != data.width...data.width
    }
    storedHeights = isResized == true ? stored?.heights : nil
    storedWidths = isResized == true ? stored?.widths : nil
    let counts = stored?.channels ?? [:]
    storedChannels = counts.keys.contains { $0 != data.channels } ? counts : [:]

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

extension DataSettings.ValueRange {
  /// The stored values that were scaled to −1 … 1.
  fileprivate func unscaled(_ range: DataSummary.Interval) -> DataSummary.Interval {
    func stored(_ value: Double) -> Double { lower + (value + 1) / 2 * (upper - lower) }
    return .init(lower: stored(range.lower), upper: stored(range.upper))
  }
}
