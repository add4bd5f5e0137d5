package import Analysis
package import Images
package import Plots
import Reports
package import Store
package import Values

/// What a screen shows, as far as it has been read.
package struct WatchData: Sendable {
  package var overviews: [ExperimentOverview] = []
  /// The best of the experiment that is looked at.
  package var leader: LeadingSetting?
  package var settings: SettingsPart?
  package var chart: ChartPart?
  package var samples: SamplesPart?
  package var run: RunPart?

  package init() {}
}

/// An experiment's runs in their settings.
package struct SettingsPart: Sendable {
  package struct Setting: Sendable {
    /// Its first run's id.
    package var key: String
    package var name: String
    /// A text a metric; empty where there is no value.
    package var values: [String]
    package var isBest: Bool
    /// How far its runs are.
    package var states: String
    package var runs: [RunSummary]
    /// A text a run and metric.
    package var runValues: [[String]]
  }

  package var experiment: String
  /// With the arrow that says which way is better.
  package var metrics: [String]
  /// In the plan's order.
  package var settings: [Setting]
  /// Places of `settings`, the best first; nil where they are not ranked.
  package var ranked: [Int]?
  /// How many runs there are, those that a condition leaves out among them.
  package var allRuns: Int
}

package struct ChartPart: Sendable {
  package struct Line: Sendable {
    package var label: String?
    package var color: PlotColor
    package var curve: Curve
    package var isFaint: Bool
  }

  package var metric: String
  /// Those that there are to look at.
  package var metrics: [String]
  package var lines: [Line]
  /// Of what is chosen, where it is none of the lines.
  package var chosen: [Curve] = []
  /// The line that is chosen.
  package var chosenLabel: String?
  package var xTitle: String
}

package struct SamplesPart: Sendable {
  package var title: String
  package var step: Int
  /// How many sheets there are.
  package var count: Int
  package var images: [Image]
}

package struct RunPart: Sendable {
  package var run: RunSummary
  package var goals: [String: Objective.Goal]
  package var events: [RunEvent]
}

// MARK: - Rows

extension WatchData {
  /// A line of an experiment's list: a setting, or a run below it.
  package struct Row: Sendable {
    package var key: String
    package var name: String
    package var values: [String]
    package var isBest = false
    package var states: String
    package var runs: [RunSummary]
    /// Of a line of a run.
    package var run: RunSummary?
    /// Of a setting with several runs: whether they are shown.
    package var isOpen: Bool?
    /// The setting's name.
    package var setting: String
  }

  package func rows(_ state: WatchState) -> [Row] {
    guard let part = settings else { return [] }
    let order = state.ranksSettings ? part.ranked ?? Array(part.settings.indices) : nil
    let places = order ?? Array(part.settings.indices)
    return places.flatMap { place -> [Row] in
      let setting = part.settings[place]
      let isSingle = setting.runs.count == 1
      // With one setting, its runs are what there is to see.
      let isOpen = !isSingle && (part.settings.count == 1) != state.toggled.contains(setting.key)
      let line = Row(
        key: setting.key, name: setting.name, values: setting.values, isBest: setting.isBest,
        states: setting.states, runs: setting.runs, isOpen: isSingle ? nil : isOpen,
        setting: setting.name)
      guard isOpen else { return [line] }
      return [line]
        + setting.runs.enumerated().map { place, run in
          Row(
            // The first run's id is the setting's key.
            key: place == 0 ? "run:" + run.id : run.id, name: run.title,
            values: setting.runValues[place], states: WatchReader.states([run]), runs: [run],
            run: run, setting: setting.name)
        }
    }
  }

  package func chosenRow(_ state: WatchState) -> Row? {
    let rows = rows(state)
    return rows.first { $0.key == state.chosenRow }
      ?? rows.first { row in row.runs.contains { $0.id == state.chosenRow } }
      ?? rows.first { row in row.runs.contains { $0.state == .running } } ?? rows.first
  }

  package func chosenExperiment(_ state: WatchState) -> ExperimentOverview? {
    overviews.first { $0.name == state.chosenExperiment } ?? overviews.first
  }
}
