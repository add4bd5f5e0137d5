import Analysis
import Foundation
import Store

/// Where one is, and how one looks at it.
package struct WatchState: Sendable, Hashable {
  package enum Place: Sendable, Hashable {
    case experiments
    case experiment(String)
    case run(id: String, experiment: String)
  }

  package var place: Place
  /// A row of the list of experiments, by its name.
  package var chosenExperiment: String?
  /// A row of an experiment's settings and runs, by its key.
  package var chosenRow: String?
  /// Settings whose runs are shown, or not where they are at first.
  package var toggled: Set<String> = []
  package var metric: String?
  package var isLogarithmic = false
  /// A place of `smoothings`: at a terminal's resolution, noise hides what is behind it.
  package var smoothing = 2
  package var showsPictures = true
  package var ranksSettings = false
  /// Which sheet of samples, counted back from the newest.
  package var sheet = 0
  /// Which runs are shown; empty: all.
  package var condition = ""
  /// What is being typed as one; nil: nothing is.
  package var typed: String?
  /// What went wrong last.
  package var problem: String?
  package var showsHelp = false

  package init(place: Place) { self.place = place }

  /// Shares of a curve's points that a running mean is over.
  package static let smoothings = [0, 0.02, 0.05, 0.1, 0.2]

  /// The experiment that one is in.
  package var experiment: String? {
    switch place {
    case .experiments: nil
    case .experiment(let name), .run(_, let name): name
    }
  }
}

/// What a key is for, beyond another look.
package enum WatchEffect: Sendable, Hashable {
  case none
  case quit
  case redraw
}

extension WatchState {
  /// - Parameter data: what is on the screen.
  package mutating func handle(_ input: TerminalInput, _ data: WatchData) -> WatchEffect {
    switch input {
    case .pasted(let text):
      if typed != nil { typed = String(((typed ?? "") + text).prefix(Self.longestCondition)) }
      return .none
    case .reply: return .none
    case .key(let key):
      if typed != nil {
        problem = nil
        type(key)
        return .none
      }
      if showsHelp {
        showsHelp = false
        return key == .character("q") ? .quit : .none
      }
      problem = nil
      return command(key, data)
    }
  }

  private static let longestCondition = 1000

  private mutating func type(_ key: Key) {
    switch key {
    case .enter:
      condition = (typed ?? "").trimmingCharacters(in: .whitespaces)
      (typed, problem) = (nil, nil)
    case .escape, .control("g"): typed = nil
    case .backspace: typed = typed.map { String($0.dropLast()) }
    case .control("u"): typed = ""
    case .character(let character):
      if (typed ?? "").count < Self.longestCondition { typed?.append(character) }
    default: break
    }
  }

  private mutating func command(_ key: Key, _ data: WatchData) -> WatchEffect {
    switch key {
    case .character("q"), .control("d"): return .quit
    case .character("?"): showsHelp = true
    case .control("l"): return .redraw
    case .up, .character("k"): move(by: -1, data)
    case .down, .character("j"): move(by: 1, data)
    case .pageUp: move(by: -10, data)
    case .pageDown: move(by: 10, data)
    case .home, .character("g"): move(by: -1_000_000, data)
    case .end, .character("G"): move(by: 1_000_000, data)
    case .enter: open(data)
    case .escape, .backspace, .character("h"): back()
    case .tab, .character("m"): changeMetric(by: 1, data)
    case .backTab, .character("M"): changeMetric(by: -1, data)
    case .character("l"): isLogarithmic.toggle()
    case .character("s"): smoothing = (smoothing + 1) % Self.smoothings.count
    case .character("p"): showsPictures.toggle()
    case .character("o"): ranksSettings.toggle()
    case .left, .character(","): sheet += 1
    case .right, .character("."): sheet = max(0, sheet - 1)
    case .character("/"):
      if case .experiment = place {
        typed = condition
      } else {
        problem = "conditions are on an experiment's runs: Enter opens one"
      }
    default: break
    }
    sheet = min(sheet, max(0, (data.samples?.count ?? 1) - 1))
    return .none
  }

  private mutating func move(by count: Int, _ data: WatchData) {
    switch place {
    case .experiments:
      chosenExperiment = Self.moved(
        data.overviews.map(\.name), from: chosenExperiment, by: count)
    case .experiment:
      chosenRow = Self.moved(
        data.rows(self).map(\.key), from: data.chosenRow(self)?.key, by: count)
      sheet = 0
    case .run(let id, let experiment):
      // The neighbour in the list that one came from.
      let runs = data.settings?.settings.flatMap(\.runs).map(\.id) ?? []
      guard let next = Self.moved(runs, from: id, by: count) else { return }
      place = .run(id: next, experiment: experiment)
      chosenRow = next
      sheet = 0
    }
  }

  private static func moved(_ keys: [String], from key: String?, by count: Int) -> String? {
    let now = key.flatMap { keys.firstIndex(of: $0) } ?? 0
    guard !keys.isEmpty else { return nil }
    return keys[min(keys.count - 1, max(0, now + count))]
  }

  private mutating func open(_ data: WatchData) {
    switch place {
    case .experiments:
      guard let name = data.chosenExperiment(self)?.name else { return }
      enter(name)
    case .experiment(let name):
      guard let row = data.chosenRow(self) else { return }
      if let run = row.run ?? (row.runs.count == 1 ? row.runs[0] : nil) {
        place = .run(id: run.id, experiment: name)
        sheet = 0
      } else if toggled.remove(row.key) == nil {
        toggled.insert(row.key)
      }
    case .run: break
    }
  }

  private mutating func enter(_ name: String) {
    place = .experiment(name)
    chosenExperiment = name
    (chosenRow, metric, condition, sheet, toggled) = (nil, nil, "", 0, [])
  }

  private mutating func back() {
    switch place {
    case .experiments: break
    case .experiment:
      if !condition.isEmpty {
        condition = ""
      } else {
        place = .experiments
        (metric, sheet) = (nil, 0)
      }
    case .run(let id, let experiment):
      place = .experiment(experiment)
      chosenRow = id
      sheet = 0
    }
  }

  private mutating func changeMetric(by count: Int, _ data: WatchData) {
    guard let chart = data.chart, !chart.metrics.isEmpty else { return }
    let now = chart.metrics.firstIndex(of: chart.metric) ?? 0
    let all = chart.metrics.count
    metric = chart.metrics[((now + count) % all + all) % all]
  }
}
