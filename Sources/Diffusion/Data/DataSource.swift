/// Images in two parts, to train on and held out, each read when asked for.
protocol DataSource {
  /// How the parts are told apart.
  var rule: DataSummary.Rule { get }
  /// Within the source's, where the images for testing come from.
  var heldOutFolder: String? { get }
  /// Files that are in neither.
  var ignored: [DataSummary.Ignored] { get }

  /// The first N images of a part; ``RawData/available`` says how many there are.
  func images(_ split: DataSettings.Split, limit: Int?) throws(DiffusionError) -> RawData
}

extension DataSource {
  var heldOutFolder: String? { nil }
  var ignored: [DataSummary.Ignored] { [] }
}

extension FashionMNIST {
  struct Source: DataSource {
    let folders: DataFolders
    let rule = DataSummary.Rule.own

    func images(_ split: DataSettings.Split, limit: Int?) throws(DiffusionError) -> RawData {
      try read(split: split, limit: limit, folders: folders)
    }
  }
}

extension CIFAR10 {
  struct Source: DataSource {
    let folder: String
    let rule = DataSummary.Rule.own

    func images(_ split: DataSettings.Split, limit: Int?) throws(DiffusionError) -> RawData {
      try read(folder: folder, split: split, limit: limit)
    }
  }
}

extension CIFAR100 {
  struct Source: DataSource {
    let folder: String
    let classes: DataSettings.CIFAR100Classes
    let rule = DataSummary.Rule.own

    func images(_ split: DataSettings.Split, limit: Int?) throws(DiffusionError) -> RawData {
      try read(folder: folder, classes: classes, split: split, limit: limit)
    }
  }
}
