import ArgumentParser
import Exchange
import ExperimentFiles
import Statistics
import Text
import Values

/// How runs of other programs come in.
struct ForeignImportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Put them into this experiment, one of the workbench's own too; otherwise the source's name is taken.",
      valueName: "name"))
  var experiment: String?

  @Option(
    help: ArgumentHelp(
      "'found' takes the source's steps, and of several values at one the last; 'counted' numbers a metric's values from 0.",
      valueName: "how"))
  var steps = StepChoice.found

  @Option(
    help: ArgumentHelp(
      "The setting that only repeats runs: comparisons average over it.", valueName: "setting"))
  var seed: String?

  @Option(
    help: ArgumentHelp(
      "Call a setting or metric otherwise, as 'lr=training.optimizer.lr'; may be repeated.",
      valueName: "old=new"))
  var rename: [String] = []

  @Option(help: ArgumentHelp("The metric that decides; lower is better.", valueName: "metric"))
  var minimize: String?

  @Option(help: ArgumentHelp("The metric that decides; higher is better.", valueName: "metric"))
  var maximize: String?

  /// Those that were given.
  var used: [String] {
    [
      experiment == nil ? nil : "--experiment", steps == .found ? nil : "--steps",
      seed == nil ? nil : "--seed", rename.isEmpty ? nil : "--rename",
      minimize == nil ? nil : "--minimize", maximize == nil ? nil : "--maximize",
    ].compactMap { $0 }
  }

  func validate() throws {
    if minimize != nil, maximize != nil {
      throw ValidationError("One metric decides: --minimize or --maximize, not both.")
    }
    if let experiment, let problem = ExperimentName.problem(with: experiment) {
      throw ValidationError("--experiment: \(problem); \(ExperimentName.rule).")
    }
    _ = try renames()
  }

  func options() throws -> ForeignImport.Options {
    var options = ForeignImport.Options()
    options.experiment = experiment
    options.steps = steps
    options.seed = seed
    options.renames = try renames()
    options.objective =
      minimize.map { Objective(metric: $0, goal: .minimize) }
      ?? maximize.map { Objective(metric: $0, goal: .maximize) }
    return options
  }

  private func renames() throws -> [String: String] {
    var renames: [String: String] = [:]
    for text in rename {
      guard let sign = text.firstIndex(of: "="), sign != text.startIndex,
        text.index(after: sign) != text.endIndex
      else { throw ValidationError("--rename expects OLD=NEW, not '\(text)'.") }
      let old = String(text[..<sign])
      guard renames.updateValue(String(text[text.index(after: sign)...]), forKey: old) == nil else {
        throw ValidationError("--rename names '\(old)' twice.")
      }
    }
    return renames
  }
}

/// What the columns of a table are.
struct ImportColumnOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The column with the run's name; without, the file is one run.", valueName: "column"))
  var run: String?

  @Option(help: ArgumentHelp("The column with the step, a whole number.", valueName: "column"))
  var step: String?

  @Option(
    help: ArgumentHelp("A column with a metric's values; may be repeated.", valueName: "column"))
  var metric: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where a row is one value: the column that names its metric.", valueName: "column"))
  var metricName: String?

  @Option(
    help: ArgumentHelp("Where a row is one value: the column that holds it.", valueName: "column"))
  var value: String?

  @Option(
    help: ArgumentHelp(
      "A column with a setting, the same in all rows of a run; may be repeated.",
      valueName: "column"))
  var setting: [String] = []

  @Option(
    help: ArgumentHelp("Between two cells of CSV: one character, or 'tab'.", valueName: "character")
  )
  var separator: String?

  var used: [String] {
    [
      run == nil ? nil : "--run", step == nil ? nil : "--step", metric.isEmpty ? nil : "--metric",
      metricName == nil ? nil : "--metric-name", value == nil ? nil : "--value",
      setting.isEmpty ? nil : "--setting", separator == nil ? nil : "--separator",
    ].compactMap { $0 }
  }

  func validate() throws {
    if (metricName == nil) != (value == nil) {
      throw ValidationError("--metric-name and --value go together.")
    }
    _ = try separatorByte()
  }

  /// - Parameter steps: whether a table needs a column of steps.
  func check(_ path: String, _ source: ForeignSource, steps: StepChoice) throws {
    let about = "'\(path)' is a table, whose columns have to be named"
    if metric.isEmpty, metricName == nil {
      throw Failure(
        .usage,
        "\(about): --metric COLUMN, or --metric-name and --value\(try known(path, source))")
    }
    if step == nil, steps == .found {
      throw Failure(
        .usage,
        "\(about): --step COLUMN, or --steps counted, which numbers the values of each metric\(try known(path, source))"
      )
    }
    if source == .jsonl, separator != nil {
      throw Failure(.usage, "--separator is for CSV, and '\(path)' has JSON lines")
    }
  }

  func columns(_ source: ForeignSource) throws -> ImportColumns {
    ImportColumns(
      run: run, step: step, metrics: metric, metricName: metricName, value: value,
      settings: setting, separator: try separatorByte())
  }

  private func separatorByte() throws -> UInt8 {
    guard let separator else { return UInt8(ascii: ",") }
    if separator == "tab" { return 0x09 }
    guard separator.utf8.count == 1, let byte = separator.utf8.first,
      !"\"\r\n".utf8.contains(byte)
    else { throw ValidationError("--separator expects one ASCII character, or 'tab'.") }
    return byte
  }

  /// The columns that there are, for an error.
  private func known(_ path: String, _ source: ForeignSource) throws -> String {
    guard source == .csv, let names = try CSVHeader.names(path, separator: separatorByte()) else {
      return ""
    }
    return "; it has \(names.prefix(20).map { printable($0) }.joined(separator: ", "))"
      + (names.count > 20 ? ", …" : "")
  }
}
