import Foundation
package import Store
package import Values

/// A run as another program's files tell it.
package struct ForeignRun: Sendable, Hashable {
  package var source: ForeignSource
  /// What the source knows it by; with the source's name the run's identity, whatever the file is called.
  package var sourceID: String
  /// The source's project or experiment, as it is written there.
  package var experiment: String
  /// What a person calls it.
  package var label: String
  package var state = RunState.finished
  /// Why it is not finished.
  package var error: String?
  /// Seconds since 1970, as all times here; nil where the source has none.
  package var began: Double?
  package var ended: Double?
  /// Under the source's own names.
  package var settings: [String: ParameterValue] = [:]
  /// Each step once, in order.
  package var series: [SeriesPoints] = []
  package var tags: [String] = []
  package var notes: [String] = []
  /// Where it was made, in the words that the workbench's own runs use: `host.name`, `git.commit`.
  package var environment: [String: String] = [:]

  package init(_ source: ForeignSource, id: String, experiment: String, label: String) {
    self.source = source
    sourceID = id
    self.experiment = experiment
    self.label = label
  }

  /// The highest step of any metric.
  var step: Int { series.compactMap(\.steps.last).max() ?? 0 }
}
