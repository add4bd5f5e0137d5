extension DataSet {
  /// Reads the data set that an experiment names.
  ///
  /// Order: the source's images in file order; of a source that comes without files of its own for
  /// testing, the last tenth (at least 1, at most 10,000) is the split `test` and the rest `train`.
  /// Then the first `limit`, if the split is the one that the settings name: another split (held-out
  /// images, say) is whole. Then each image is brought to `size`.
  ///
  /// - Parameter split: nil: the settings' own.
  /// - Throws: `notFound`, `inputOutput`, or `badInput` if a file is malformed or does not fit the
  ///   settings; each names the file, what was found and what was expected.
  public static func load(
    _ settings: DataSettings, split: DataSettings.Split? = nil
  ) throws(DiffusionError) -> DataSet {
    try load(settings, split: split, folders: DataFolders())
  }

  static func load(
    _ settings: DataSettings, split: DataSettings.Split?, folders: DataFolders
  ) throws(DiffusionError) -> DataSet {
    let split = split ?? settings.split
    let limit = split == settings.split ? settings.limit : nil
    if let limit = settings.limit, limit < 1 {
      throw DiffusionError(.badInput, "data.limit is \(limit), expected at least 1")
    }
    if let size = settings.size, !(1...mostSide).contains(size) {
      throw DiffusionError(.badInput, "data.size is \(size), expected 1 to \(mostSide)")
    }

    let raw: RawData
    switch settings.source {
    case .shapes:
      return try Shapes.dataSet(size: settings.size, split: split, limit: limit)
    case .gaussian(let variance, let mean):
      return try Gaussians.dataSet(
        variance: variance, mean: mean, dimensions: settings.size ?? 1, split: split, limit: limit)
    case .mixture:
      return try Gaussians.mixture(size: settings.size, split: split, limit: limit)
    case .fashionMNIST:
      raw = try FashionMNIST.read(split: split, limit: limit, folders: folders)
    case .idx(let images, let labels):
      raw = try SourceData(
        images: IDX.read(images: images, labels: labels, numbers: ImageNumbers(settings))
      )
      .split(split, file: images).first(limit)
    case .cifar10(let path):
      raw = try CIFAR10.read(folder: path, split: split, limit: limit)
    case .cifar100(let path, let classes):
      raw = try CIFAR100.read(folder: path, classes: classes, split: split, limit: limit)
    case .images(let path):
      return try ImageFolder(path).read(settings, split: split, limit: limit).dataSet()
    case .npy(let path, let labels):
      raw = try SourceData(
        images: NPY.read(path, labels: labels, numbers: ImageNumbers(settings))
      ).split(split, file: path).first(limit)
    case .npz(let path, let images, let labels):
      raw = try NPZ.read(path, images: images, labels: labels, numbers: ImageNumbers(settings))
        .split(split, file: path).first(limit)
    case .csv(let path):
      raw = try SourceData(images: CSV.read(path, numbers: ImageNumbers(settings)))
        .split(split, file: path).first(limit)
    }
    return try raw.fitted(size: settings.size, fit: settings.fit, filter: settings.filter)
      .dataSet()
  }

  /// Largest `size`.
  static let mostSide = 4096
}
