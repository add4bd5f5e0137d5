/// Single pictures that a person hands to a network, brought to what it takes.
package enum GivenPictures {
  /// Pictures of any format that is read here. Of one of another size the middle square is taken.
  ///
  /// - Parameters:
  ///   - files: at least one.
  ///   - channels: 1 makes them grey, 3 coloured.
  ///   - filter: how they are resampled.
  /// - Returns: (N, H, W, C) in [−1, 1].
  /// - Throws: `notFound`, `inputOutput`, `badInput`; each names the file.
  package static func read(
    _ files: [String], height: Int, width: Int, channels: Int, filter: DataSettings.Filter = .area
  ) throws(DiffusionError) -> [Float] {
    guard channels == 1 || channels == 3 else {
      throw DiffusionError(
        .badInput,
        "\(files[0]): a picture has 1 or 3 channels, and the network's images have \(channels)")
    }
    var settings = DataSettings(
      source: .images(path: ""), size: height == width ? height : nil, fit: .crop)
    settings.filter = filter
    var values: [Float] = []
    for file in files {
      let picture = try ImageFiles.read([file], settings, folder: file, cache: nil, workers: 1)
        .with(channels: channels, file: file)
      guard (picture.height, picture.width) == (height, width) else {
        throw DiffusionError(
          .badInput,
          "\(file): is \(picture.height)×\(picture.width) (height, width), and the network draws \(height)×\(width): bring "
            + "it to that size")
      }
      values += picture.dataSet().values(0..<1)
    }
    return values
  }

  /// A mask: white where the picture is to be filled in, any grey of 128 and above.
  /// - Returns: (H, W, C).
  /// - Throws: as ``read(_:height:width:channels:filter:)``; `badInput` where nothing, or everything, is white.
  package static func mask(
    _ file: String, height: Int, width: Int, channels: Int
  ) throws(DiffusionError) -> [Bool] {
    let white = try read([file], height: height, width: width, channels: 1).map { $0 > 0 }
    guard white.contains(true) else {
      throw DiffusionError(
        .badInput, "\(file): nothing of the mask is white, so nothing is filled in")
    }
    guard white.contains(false) else {
      throw DiffusionError(
        .badInput, "\(file): all of the mask is white: nothing is left of the image; use sample")
    }
    return white.flatMap { [Bool](repeating: $0, count: channels) }
  }
}
