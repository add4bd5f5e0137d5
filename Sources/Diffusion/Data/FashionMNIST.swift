/// Fashion-MNIST (Xiao 2017): 60,000 and 10,000 grey images of 28×28, ten kinds of clothing.
enum FashionMNIST {
  static let classNames = [
    "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
  ]

  /// - Throws: `notFound` with where it was looked for and how to get it; else as ``IDX``.
  static func read(
    split: DataSettings.Split, limit: Int?, folders: DataFolders
  ) throws(DiffusionError) -> RawData {
    let prefix =
      switch split {
      case .train: "train"
      case .test: "t10k"
      }
    for folder in folders.fashionMNIST {
      guard let images = DataFolders.file("\(prefix)-images-idx3-ubyte", in: folder) else {
        continue
      }
      guard let labels = DataFolders.file("\(prefix)-labels-idx1-ubyte", in: folder) else {
        throw DiffusionError(
          .notFound,
          "\(folder): holds \(prefix)-images-idx3-ubyte but not \(prefix)-labels-idx1-ubyte(.gz)")
      }
      var data = try IDX.read(
        images: images, labels: labels, name: "fashion-mnist", classes: classNames.count)
      data.classNames = classNames
      return data.first(limit)
    }
    throw DiffusionError(
      .notFound,
      """
      Fashion-MNIST is not installed (\(prefix)-images-idx3-ubyte, plain or .gz). Looked in \
      \(folders.folders.map { $0 + "/fashion-mnist" }.joined(separator: ", ")). \
      Install it with `apt-get install dataset-fashion-mnist`, or set WORKBENCH_DATA to the folder \
      that holds it.
      """)
  }
}
