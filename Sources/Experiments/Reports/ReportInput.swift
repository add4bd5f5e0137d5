import Plots
import Store
import Values

/// What a report is made of: an experiment as the store has it, read once.
package struct ReportInput: Sendable {
  var name: String
  var question = ""
  var objective: Objective
  /// The experiment file as it was when it was last planned.
  var fileText = ""
  /// Whether that is a Markdown document.
  var isDocument = false
  /// The swept paths in the file's order, repeated seeds not among them.
  var sweptPaths: [String]
  /// Those the file asks for, in the order of the plan.
  var runs: [ReportRun]
  /// Finished runs that the file no longer asks for.
  var orphans = 0
  /// Runs that the experiment's search has not proposed yet.
  var pending = 0
  /// Runs that the file asks for and that were deleted.
  var deleted = 0
  /// The bytes of an artifact by its SHA-256.
  var content: @Sendable (String) throws -> [UInt8]
}

package struct ReportRun: RunOutcome, Sendable {
  var id: String
  var label: String
  var state: RunState
  var error: String?
  var seed: Int
  /// What the sweep set, repeated seeds included.
  var overrides: [Parameter]
  /// Every setting by its dotted path.
  var settings: [String: ParameterValue]
  /// The last value of each metric.
  var last: [String: Double]
  /// Metrics over steps, of those that a report draws.
  var curves: [String: Curve] = [:]
  var artifacts: [Artifact] = []
  var environment: [String: String] = [:]
  /// What it depends on beside its settings.
  var inputs: [RunInput] = []
  /// As the store writes times.
  var created = ""
  var ended: String?
  /// Of all attempts.
  var seconds: Double?
  var step = 0
}
