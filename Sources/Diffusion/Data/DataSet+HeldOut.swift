extension DataSet {
  /// What is held out of training: the images that the measures look at.
  /// - Throws: as `load`.
  public static func loadHeldOut(_ settings: DataSettings) throws(DiffusionError) -> DataSet {
    try load(settings, split: settings.split == .train ? .test : .train)
  }
}
