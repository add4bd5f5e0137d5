import Kernels

/// What samples are drawn by, where that is made of snapshots of averages.
extension RunSession {
  /// What training keeps, where `sampling.ema` draws from something else; nil where it does not.
  package func keptNetworkFile() -> NetworkFile? {
    guard let state, state.chosen != nil else { return nil }
    return networkFile(of: state.kept)
  }

  /// The guide of `sampling.guide` or `sampling.guide_step`; nil where there is none.
  package func guideNetworkFile() -> NetworkFile? {
    guide ?? guideWeights.flatMap { networkFile(of: $0) }
  }

  private func networkFile(of weights: AlignedBuffer) -> NetworkFile? {
    guard let description, let network else { return nil }
    return NetworkFile(description: description, network: network, values: weights)
  }

  /// Makes the averages of `sampling.ema` and `sampling.guide_step` of the snapshots so far and of the averages as they
  /// are now: before its step, the guide is what it would be now.
  func chooseAverages() throws {
    let sampling = settings.sampling
    guard sampling.needsAverages, let state else { return }
    let now = hasAdoptedWeights ? nil : state.snapshot
    let kept = try averageSnapshots?() ?? snapshots.map { snapshot in { snapshot } }
    let loaders = kept + (now.map { now in [{ now }] } ?? [])
    func weights(width: Double, until step: Int) throws -> AlignedBuffer? {
      try AverageSnapshot.average(
        width: width, until: step, count: state.layout.count, from: loaders
      ).map { AlignedBuffer($0) }
    }
    func missing(_ width: Double) -> DiffusionError {
      DiffusionError(
        .badInput,
        "there is no snapshot of the averages of training.ema_widths to make one of width \(width) of"
      )
    }
    if let width = sampling.ema {
      guard let chosen = try weights(width: width, until: state.step) else { throw missing(width) }
      state.chosen = chosen
    }
    if let step = sampling.guideStep,
      let width = sampling.ema ?? settings.training.emaWidths?.first
    {
      guard
        let guide = try weights(width: width, until: step)
          ?? weights(width: width, until: state.step)
      else { throw missing(width) }
      guideWeights = guide
    }
  }
}
