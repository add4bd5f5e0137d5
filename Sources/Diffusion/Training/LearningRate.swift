import Foundation

extension TrainingSettings {
  /// The learning rate of a step, counted from 0: `lr` · min(1, (step + 1)/warmup) · the schedule's factor, which for
  /// cosine is ½(1 + cos(π·step/steps)) (Loshchilov & Hutter 2017, without restarts) and for linear 1 − step/steps. Each
  /// halving of distillation begins anew.
  public func learningRate(step: Int) -> Double {
    let total = stepsOfStage
    let step = step - halving(step: step) * total
    let rise = warmup > 0 ? min(1, Double(step + 1) / Double(warmup)) : 1
    let progress = min(1, Double(step) / Double(max(total, 1)))
    let factor: Double
    switch learningRateSchedule {
    case .constant: factor = 1
    case .cosine: factor = 0.5 * (1 + cos(.pi * progress))
    case .linear: factor = 1 - progress
    }
    return optimizer.learningRate * rise * factor
  }

  /// Parts a batch is summed in.
  /// - Parameter images: that each has at least, if the number of lanes is not given.
  func laneCount(of images: Int) -> Int {
    lanes ?? min(max(1, examples / images), max(8, min(32, examples / 4)))
  }
}
