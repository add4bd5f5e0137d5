import Foundation
import Store

/// When a run logged each of its steps: seconds since 1970, from its series `time/unix`; where it
/// has none, the time it was planned.
struct RunClock {
  static let metric = "time/unix"

  let began: Double
  let ended: Double
  private let steps: [Int]
  private let times: [Double]

  init(_ run: RunSummary, _ history: [SeriesPoints]) {
    let created = RunClock.seconds(run.created) ?? 0
    var (steps, times): ([Int], [Double]) = ([], [])
    if let clock = history.first(where: { $0.name == Self.metric }) {
      for (step, time) in zip(clock.steps, clock.values) where time.isFinite && time > 0 {
        steps.append(step)
        times.append(time)
      }
    }
    self.steps = steps
    self.times = times
    began = times.first ?? created
    ended = max(run.ended.flatMap(RunClock.seconds) ?? began, times.last ?? began)
  }

  /// The time of the last step up to this one that has one.
  func time(_ step: Int) -> Double {
    var (low, high) = (0, steps.count)
    while low < high {
      let middle = (low + high) / 2
      if steps[middle] <= step { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? times[low - 1] : began
  }

  static func seconds(_ timestamp: String) -> Double? {
    RunStore.date(timestamp)?.timeIntervalSince1970
  }

  /// Whole milliseconds, as MLflow has them.
  static func milliseconds(_ seconds: Double) -> Int {
    Int((seconds.isFinite ? min(max(seconds, 0), 1e11) : 0) * 1000)
  }
}
