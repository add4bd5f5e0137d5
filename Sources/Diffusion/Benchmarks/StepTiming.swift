import Foundation
package import Kernels

/// What one step of training and one evaluation of the network cost here, timed briefly.
package struct StepTiming: Sendable, Hashable {
  /// Seconds of a training step of the whole batch.
  package var secondsPerStep: Double
  /// Seconds to evaluate the network once for one image.
  package var secondsPerEvaluation: Double
  /// Of the network; 0 where there is none.
  package var parameters: Int
  /// Bytes of one image as 8-bit values.
  package var imageBytes: Int

  package init(
    secondsPerStep: Double, secondsPerEvaluation: Double, parameters: Int, imageBytes: Int
  ) {
    self.secondsPerStep = secondsPerStep
    self.secondsPerEvaluation = secondsPerEvaluation
    self.parameters = parameters
    self.imageBytes = imageBytes
  }
}

/// Times shapes of runs one after the other, and no longer than it has been given: once that is spent, what is
/// left is judged by its FLOPs from what was timed.
package final class StepTimer {
  private let kernels: KernelSet
  private let pool: WorkerPool
  /// Seconds for one shape, and for all of them.
  private let patience: (shape: Double, all: Double)
  private var spent = 0.0
  /// FLOP/s by precision, training and predicting.
  private var rates: [String: (training: Double, predicting: Double)] = [:]

  package init(
    kernels: KernelSet, pool: WorkerPool, secondsPerShape: Double = 1, seconds: Double = 8
  ) {
    self.kernels = kernels
    self.pool = pool
    patience = (secondsPerShape, seconds)
  }

  /// - Throws: `DiffusionError` where the data are missing or do not fit the network.
  package func time(_ settings: RunSettings) throws -> StepTiming {
    let data = try DataSet.load(settings.data)
    guard !settings.model.architecture.isExact else {
      // A closed form: some hundred nanoseconds a value, normals included.
      return StepTiming(
        secondsPerStep: 0, secondsPerEvaluation: 1e-7 * Double(data.valuesPerImage),
        parameters: 0, imageBytes: data.valuesPerImage)
    }
    var brief = settings
    brief.sampling.count = min(settings.sampling.count, 32)
    let benchmark = try EngineBenchmark(brief, data: data, kernels: kernels, pool: pool)
    let precision = benchmark.precision.rawValue
    let (training, predicting): (Double, Double)
    if let rate = rates[precision], spent >= patience.all {
      training = benchmark.trainingFlops / rate.training
      predicting = benchmark.samplingFlops / rate.predicting
    } else {
      let start = ContinuousClock.now
      training = repeated(patience.shape * 2 / 3, benchmark.trainingStep())
      predicting = repeated(patience.shape / 3, benchmark.evaluation())
      spent += (ContinuousClock.now - start).seconds
      rates[precision] = (
        benchmark.trainingFlops / training, benchmark.samplingFlops / predicting
      )
    }
    return StepTiming(
      secondsPerStep: training, secondsPerEvaluation: predicting / Double(brief.sampling.count),
      parameters: benchmark.network.layout.parameterCount, imageBytes: data.valuesPerImage)
  }

  /// The median of a few repetitions after the first, which warms up; the first where that took all the time.
  private func repeated(_ seconds: Double, _ step: () -> Void) -> Double {
    var times: [Double] = []
    let start = ContinuousClock.now
    repeat {
      let begin = ContinuousClock.now
      step()
      times.append((ContinuousClock.now - begin).seconds)
    } while (ContinuousClock.now - start).seconds < seconds && times.count < 9
    let warm = times.count > 1 ? Array(times.dropFirst()) : times
    return max(warm.sorted()[warm.count / 2], 1e-9)
  }
}
