package import Diffusion
package import Planning
import Text

/// How a machine's processors are divided among the runs of a plan: many runs at once with few workers each lose less to
/// threads that wait for each other, fewer with more workers take less memory.
package struct SplitChoice: Sendable, Hashable {
  package var split: RunSplit
  /// How many times as fast as one run after another; nil where it was not timed.
  package var gain: Double?

  package init(_ split: RunSplit, gain: Double? = nil) {
    self.split = split
    self.gain = gain
  }

  /// Less than this in all is not worth timing, and is done one after the other.
  private static let leastSeconds = 2.0
  /// Seconds that a split is timed for at most.
  private static let patience = 0.5
  /// Where so much is gained, more runs at once are worth their memory.
  private static let leastGain = 1.02
  /// Of the memory that is available, what runs at once may take together.
  private static let share = 0.8

  /// What runs of a plan the split is for: so many trainings, of so many steps, by kind.
  struct Work {
    var settings: RunSettings
    var trainings: Int
    var steps: Int
  }

  /// - Parameter runs: those that are not done.
  /// - Throws: `DiffusionError` where data are missing or do not fit their network.
  package static func choose(
    _ runs: [PlannedRun], processors: Int = Engine.processors
  ) throws -> SplitChoice {
    let alone = SplitChoice(RunSplit(runs: 1, workers: processors))
    guard runs.count > 1, processors > 1 else { return alone }
    let works = work(runs)
    // Closed forms train nothing that could be timed.
    guard let first = works.first else { return alone }
    let splits = RunSplit.all(
      processors: processors, most: works.reduce(0) { $0 + $1.trainings })
    let timed = works.count > 1 ? [first, works[works.count - 1]] : [first]

    var seconds = [Double](repeating: 0, count: splits.count)
    for work in timed {
      let timer = try SplitTimer(work.settings)
      let step = 1 / timer.rate(splits[0], seconds: 0)
      let all = step * Double(work.steps * works.reduce(0) { $0 + $1.trainings })
      if all < leastSeconds { return alone }
      let held = MachineMemory.resident
      var rates: [(runs: Int, rate: Double)] = []
      for (place, split) in splits.enumerated() {
        guard fits(split, held) else {
          seconds[place] = .infinity
          continue
        }
        let rate = timer.rate(split, seconds: min(patience, 0.02 * all))
        rates.append((split.runs, rate))
        // What is left for the last round shares the processors among fewer.
        let rest = work.trainings % split.runs
        let last = rates.last { $0.runs <= rest }?.rate ?? rate
        seconds[place] +=
          Double((work.trainings - rest) * work.steps) / rate + Double(rest * work.steps) / last
      }
    }
    var best = 0
    for place in splits.indices.dropFirst() where seconds[best] > leastGain * seconds[place] {
      best = place
    }
    return SplitChoice(splits[best], gain: seconds[0] / seconds[best])
  }

  /// Trainings by what a step of them is, each once whatever draws from it, in the order of the plan.
  static func work(_ runs: [PlannedRun]) -> [Work] {
    var works: [Work] = []
    var places: [String: Int] = [:]
    var seen: Set<String> = []
    for run in runs {
      let settings = run.settings
      guard settings.training.steps > 0, !settings.model.architecture.isExact,
        seen.insert("\(run.trainKey) \(settings.training.steps)").inserted
      else { continue }
      let kind = RunShape.text(run.parameters)
      if let place = places[kind] {
        works[place].trainings += 1
      } else {
        places[kind] = works.count
        works.append(Work(settings: settings, trainings: 1, steps: settings.training.steps))
      }
    }
    return works
  }

  /// - Parameter held: what this process holds with one run's network and the data.
  private static func fits(_ split: RunSplit, _ held: Int?) -> Bool {
    guard split.runs > 1, let held, let available = MachineMemory.available else { return true }
    return Double(split.runs) * Double(held) <= share * Double(available + held)
  }

  /// `2 runs at once with 1 worker each, 1.15 times as fast as one after another`
  package var text: String {
    let workers = DecimalText.counted(split.workers, "worker")
    if split.runs == 1 { return "one run at a time, with \(workers)" }
    let gained = gain.map {
      ", \(DecimalText.significant($0, digits: 3)) times as fast as one after another"
    }
    return "\(split.runs) runs at once with \(workers) each\(gained ?? "")"
  }
}
