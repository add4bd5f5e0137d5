import Foundation
import Kernels

extension RunSession {
  /// - Returns: whether training is complete.
  func train(
    _ network: any Network, _ state: TrainingState, pausingAt pause: Int?,
    shouldStop: @Sendable () -> Bool, handle: (SessionEvent) throws -> Void
  ) throws -> Bool {
    let training = settings.training
    guard state.step < training.steps else { return true }
    let source = TrainingExamples(
      data: data, seed: training.seed, process: process,
      dropout: settings.conditioning.dropout, augmentation: settings.data.augmentation,
      tellsAugmentation: network.augmentationWidth > 0,
      timesteps: training.timesteps, hearsEstimates: network.side.estimate > 0,
      vector: description?.vector, distillation: distillation)
    let trainer = Trainer(
      network: network, state: state, settings: training, process: process, source: source,
      range: data.isImage ? -1...1 : nil, degradation: settings.conditioning.degradation,
      distillation: distillation, kernels: kernels, pool: pool)
    var meter = SpeedMeter(batch: training.examples)
    let microscope = settings.evaluation.roundingEvery.map { _ in
      RoundingMicroscope(layout: network.layout, kernels: kernels)
    }
    while state.step < training.steps {
      if shouldStop() || pause.map({ state.step >= $0 }) ?? false {
        try handle(.checkpoint(step: state.step))
        return false
      }
      let start = SuspendingClock.now
      let isExamined = isExamined(step: state.step + 1)
      let result = trainer.step(under: isExamined ? microscope : nil)
      meter.add(SuspendingClock.now - start)
      state.seconds += meter.last
      let step = result.step
      let isLast = step == training.steps
      let isCheckpoint = step % training.checkpointEvery == 0 || isLast
      let skippedInARow = state.lossScale.skippedInARow
      // Weights that are not finite mostly show in the gradients of the next step.
      let divergence = state.divergence(
        isEnd: isLast, checksWeights: isCheckpoint || skippedInARow == 1)
      if step % training.logEvery == 0 || isLast || divergence != nil {
        try handle(.logged(step: step, values: values(of: result, meter, state)))
        meter.restart()
      }
      if isExamined, let microscope {
        try handle(.logged(step: step, values: microscope.values()))
      }
      progress(
        .init(
          phase: .train, done: step, of: training.steps, loss: result.loss,
          imagesPerSecond: meter.imagesPerSecond, skippedInARow: skippedInARow))
      if let divergence { throw divergence }
      if let widths = training.emaWidths, !widths.isEmpty,
        isLast || step % training.emaEvery == 0, let snapshot = state.snapshot
      {
        if settings.sampling.needsAverages, averageSnapshots == nil {
          snapshots.append(snapshot.copied())
        }
        try handle(.averaged(snapshot))
      }
      if !isLast { try lookAt(step: step, handle: handle) }
      if isCheckpoint { try handle(.checkpoint(step: step)) }
    }
    return true
  }

  /// Whether what a step's products are made of is looked at.
  private func isExamined(step: Int) -> Bool {
    settings.evaluation.roundingEvery.map { step == 1 || step % $0 == 0 } ?? false
  }

  private func values(
    of result: Trainer.StepResult, _ meter: SpeedMeter, _ state: TrainingState
  ) -> [SessionEvent.MetricValue] {
    var values: [SessionEvent.MetricValue] = [
      .init(name: "train/loss", value: result.loss),
      .init(name: "train/learning_rate", value: result.learningRate),
      .init(name: "train/gradient_norm", value: result.gradientNorm),
      .init(name: "speed/images_per_second", value: meter.imagesPerSecond),
      .init(name: "time/seconds", value: state.seconds),
      .init(name: "time/unix", value: Date().timeIntervalSince1970),
    ]
    if settings.training.precision == .fp16 {
      values.append(.init(name: "train/loss_scale", value: state.lossScale.value))
    }
    // In the other precisions a step is skipped only when training has diverged: worth seeing then.
    if settings.training.precision == .fp16 || state.lossScale.skipped > 0 {
      values.append(.init(name: "train/skipped_steps", value: Double(state.lossScale.skipped)))
    }
    return values
  }
}
