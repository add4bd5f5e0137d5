/// Samples of a network that is told an image: sample i is of held-out image i, again and again where there are fewer.
extension RunSession {
  /// The held-out images that samples are of.
  private func places(_ count: Int) -> [Int] {
    (0..<count).map { $0 % max(heldOut.count, 1) }
  }

  /// What the samples are told: (count, H, W, channels); nil where it is no image.
  func conditions(_ count: Int) -> [Float]? {
    settings.conditioning.degradation?.conditions(heldOut, places(count))
  }

  /// Beside the samples: what they are restored from, and the images themselves; nil where they are told no image.
  package func restored(_ count: Int) -> (from: SampledImages, truth: SampledImages)? {
    guard let degradation = settings.conditioning.degradation, heldOut.count > 0 else { return nil }
    let (told, shown) = (
      degradation.channels(of: data.channels), degradation.shownChannels(of: data.channels)
    )
    let conditions = degradation.conditions(heldOut, places(count))
    func images(_ values: [Float], channels: Int) -> SampledImages {
      SampledImages(
        values: values, height: data.height, width: data.width, channels: channels, labels: [])
    }
    let pictures =
      told == shown
      ? conditions
      : stride(from: 0, to: conditions.count, by: told).flatMap { conditions[$0..<$0 + shown] }
    return (
      images(pictures, channels: shown),
      images(places(count).flatMap { heldOut.values($0..<$0 + 1) }, channels: data.channels)
    )
  }

  /// How near samples are to the images that they are to restore.
  func signalToNoise(of samples: SampledImages) -> Double? {
    guard settings.conditioning.degradation != nil, heldOut.count > 0 else { return nil }
    return peakSignalToNoise(
      samples.values, truth: places(samples.count).flatMap { heldOut.values($0..<$0 + 1) },
      elements: data.valuesPerImage)
  }
}
