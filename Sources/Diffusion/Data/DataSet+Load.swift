extension DataSet {
  /// Reads the data set that an experiment names.
  ///
  /// Order: the source's images in file order, in two parts as ``DataSummary/Rule`` says. Then the first
  /// `limit`, if the split is the one that the settings name: another split (held-out images, say) is
  /// whole. Then each image is brought to `size`.
  ///
  /// - Parameter split: nil: the settings' own.
  /// - Throws: as ``LoadedData``.
  public static func load(
    _ settings: DataSettings, split: DataSettings.Split? = nil
  ) throws(DiffusionError) -> DataSet {
    try load(settings, split: split, folders: DataFolders())
  }

  static func load(
    _ settings: DataSettings, split: DataSettings.Split?, folders: DataFolders
  ) throws(DiffusionError) -> DataSet {
    try DataReading(settings, folders: folders).part(split ?? settings.split).data
  }

  /// Largest `size`.
  static let mostSide = 4096
}
