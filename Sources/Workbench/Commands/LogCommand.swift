import ArgumentParser
import Diffusion
import Exchange
import ExperimentFiles
import Foundation
import Statistics
import Store
import Text
import Values

struct LogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Make a run of what another program logs, line by line.",
    discussion: """
      Reads JSON lines from standard input, as '{"step": 10, "train/loss": 0.3}', while they come: numbers are points of \
      the metrics that their keys name (those of an object within by both keys, 'train/loss'), paths of pictures are \
      pictures. The run is running until the input ends, and finished then. 'python train.py | workbench log baseline \
      lr=1e-3 seed=1' makes one of the experiment 'baseline'.
      """)

  enum OnError: String, CaseIterable, ExpressibleByArgument {
    case skip, refuse
  }

  @Argument(help: "The experiment; it is made if there is none of that name.")
  var experiment: String

  @Argument(help: ArgumentHelp("The run's settings.", valueName: "key=value"))
  var settings: [String] = []

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "What the run is called; one that is called so goes on. Without, it is a new run, called by its settings.",
      valueName: "name"))
  var name: String?

  @Option(
    help: ArgumentHelp(
      "The key with a line's step, a whole number (default: step). Where no line has one, lines are counted.",
      valueName: "key"))
  var step: String?

  @Option(
    help: ArgumentHelp(
      "The setting that only repeats runs (default: seed): comparisons average over it.",
      valueName: "setting"))
  var seed: String?

  @Option(help: ArgumentHelp("The metric that decides; lower is better.", valueName: "metric"))
  var minimize: String?

  @Option(help: ArgumentHelp("The metric that decides; higher is better.", valueName: "metric"))
  var maximize: String?

  @Option(
    help: """
      Lines that are no JSON objects: 'skip' leaves them out and says so, 'refuse' ends the run there, as failed.
      """)
  var onError = OnError.skip

  @Flag(help: "Print lines that are no JSON to standard error, instead of a message about them.")
  var echo = false

  @Flag(
    help: """
      Print the number of the last line that is on the disk, from 1, at least once a second while lines come.
      """)
  var ack = false

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func validate() throws {
    if let problem = ExperimentName.problem(with: experiment) {
      throw ValidationError("The experiment: \(problem); \(ExperimentName.rule).")
    }
    if minimize != nil, maximize != nil {
      throw ValidationError("One metric decides: --minimize or --maximize, not both.")
    }
    if ack, format.json { throw ValidationError("Choose one of --ack and --json.") }
    if name == "" { throw ValidationError("--run: the name is empty.") }
    _ = try parameters()
  }

  func run() async throws {
    var options = LoggedRun.Options(experiment: experiment)
    options.name = name
    options.settings = try parameters()
    options.seed = seed
    options.objective =
      minimize.map { Objective(metric: $0, goal: .minimize) }
      ?? maximize.map { Objective(metric: $0, goal: .maximize) }
    options.environment = Provenance.capture(programVersion: Workbench.version)
    options.place = FileManager.default.currentDirectoryPath
    try log(options)
  }

  private func parameters() throws -> [Parameter] {
    var seen: Set<String> = []
    return try settings.map { text in
      guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
        throw ValidationError("Settings are key=value, and '\(text)' is not.")
      }
      let key = String(text[..<sign])
      guard seen.insert(key).inserted else { throw ValidationError("'\(key)' is set twice.") }
      return Parameter(key, ParameterValue(written: String(text[text.index(after: sign)...])))
    }
  }

  // MARK: Logging

  private func log(_ options: LoggedRun.Options) throws {
    let input = try LineInput(STDIN_FILENO, longest: LogLines.longest)
    // From here on they end the run, and not the program.
    let signals = InterruptSignals { [waker = input.waker] in waker.wake() }
    let store = try RunStore(folder: store.folder, creating: true)
    try store.markCrashedRuns()
    let run = try LoggedRun(options, in: store)
    let title = printable("\(experiment)/\(run.label)") + " (\(run.id.prefix(8)))"
    printDiagnostic("\(title): \(run.isContinued ? "goes on" : "begins")")
    var session = LogSession(run, input, lines: LogLines(step: step ?? "step"))
    session.refuses = onError == .refuse
    session.echoes = echo
    let state: RunState
    do {
      try session.log(acknowledge: ack ? Self.acknowledge : nil)
      state = signals.received == nil ? .finished : .interrupted
      for notice in session.notices(stepKey: step) {
        printDiagnostic("note: " + printable(notice))
        try run.note(notice, level: .warning)
      }
      try run.end(state)
    } catch {
      let message = Failure(error)?.message ?? "\(error)"
      let problem = message.hasPrefix("error: ") ? String(message.dropFirst(7)) : message
      try? run.note(problem, level: .error)
      try? run.end(.failed, error: problem)
      throw error
    }
    if format.json {
      printText(try jsonDocument(session.document(experiment, state, stepKey: step)))
    } else {
      let text = "\(title): \(state.rawValue), \(session.summary)\n"
      if ack { printProgress(text) } else { printText(text) }
    }
    if let signal = signals.received { throw ExitCode(128 + signal) }
  }

  @Sendable private static func acknowledge(_ line: Int) throws {
    if writeText("\(line)\n", to: STDOUT_FILENO) { return }
    throw Failure(
      .inputOutput, "cannot write to standard output: \(String(cString: strerror(errno)))")
  }
}

/// The way of lines from standard input into a run.
private struct LogSession {
  struct Document: Encodable {
    var id: String
    var experiment: String
    var label: String
    var state: RunState
    var lines: Int
    /// Lines that are none of a log's, left out.
    var malformed: Int
    var points: Int
    var pictures: Int
    var notices: [String]
  }

  var refuses = false
  var echoes = false

  private let run: LoggedRun
  private let input: LineInput
  private var lines: LogLines
  private var malformed = 0
  private var points = 0
  private var pictures = 0
  /// The last line that the writer has.
  private var handedOver = 0
  private var lastTime = ContinuousClock.now

  /// Seconds between two batches.
  private static let interval = Duration.milliseconds(250)
  /// Points that are written without waiting for the clock.
  private static let batchSize = 50_000
  /// Points that are gathered while the disk works. Where lines come again that the store has, a series is gone through once a
  /// batch: the fewer, the better; but what is acknowledged must not wait.
  private static let (largest, largestAcknowledged) = (400_000, 100_000)
  /// How long lines that are still in the pipe are read after a signal.
  private static let lastReading = Duration.seconds(2)
  /// Malformed lines that are told by themselves.
  private static let told = 5

  init(_ run: LoggedRun, _ input: LineInput, lines: LogLines) {
    self.run = run
    self.input = input
    self.lines = lines
  }

  /// Reads to the end of the input, or to a signal.
  mutating func log(acknowledge: (@Sendable (Int) throws -> Void)?) throws {
    let writer = LogWriter(run, acknowledge: acknowledge)
    do {
      try read(writer, acknowledges: acknowledge != nil)
    } catch {
      // What came before is kept.
      try? handOver(to: writer)
      try? writer.close()
      throw error
    }
    try handOver(to: writer)
    try writer.close()
  }

  private mutating func read(_ writer: LogWriter, acknowledges: Bool) throws {
    lastTime = lastTime - Self.interval
    while true {
      let isNew = acknowledges ? lines.count > handedOver : !lines.batch.isEmpty
      let rest = isNew ? (lastTime + Self.interval - .now).seconds : nil
      switch input.wait(rest) {
      case .woken: return try readRest(writer)
      case .ready:
        if try !readOnce() { return }
      case .nothing: break
      }
      let hasNews = acknowledges ? lines.count > handedOver : !lines.batch.isEmpty
      let isDue =
        lines.batch.weight >= Self.batchSize || ContinuousClock.now - lastTime >= Self.interval
      let isFull =
        lines.batch.weight >= (acknowledges ? Self.largestAcknowledged : Self.largest)
      if isFull || hasNews && isDue && writer.isIdle { try handOver(to: writer) }
    }
  }

  /// What is in the pipe already, after a signal.
  private mutating func readRest(_ writer: LogWriter) throws {
    let end = ContinuousClock.now + Self.lastReading
    while ContinuousClock.now < end, input.wait(0) != .nothing {
      if try !readOnce() { return }
      if lines.batch.weight >= Self.largest { try handOver(to: writer) }
    }
  }

  private mutating func handOver(to writer: LogWriter) throws {
    let batch = lines.batch
    lines.batch = batch.next()
    handedOver = lines.count
    points += batch.points
    pictures += batch.pictures.count
    lastTime = .now
    try writer.write(batch)
  }

  /// - Returns: false at the end of the input.
  private mutating func readOnce() throws -> Bool {
    try input.read { bytes, range in
      guard let range else { return try pass(lines.passOver(), nil) }
      do throws(LogLines.Malformed) {
        try lines.take(bytes, in: range)
      } catch {
        try pass(error, bytes[range])
      }
    }
  }

  private mutating func pass(_ problem: LogLines.Malformed, _ text: ArraySlice<UInt8>?) throws {
    if refuses {
      throw Failure(
        .badInput,
        "standard input, \(problem.description); what came before is kept, and --on-error skip leaves such lines out"
      )
    }
    malformed += 1
    if echoes, let text {
      printDiagnostic(printable(String(decoding: text, as: UTF8.self)))
    } else if malformed <= Self.told {
      printDiagnostic(printable("standard input, \(problem.description); left out"))
    }
  }

  // MARK: What came of it

  /// What was left out, with how often.
  /// - Parameter stepKey: the one that was asked for.
  func notices(stepKey: String?) -> [String] {
    var notices = lines.notices.counted.map { "\($0.text): \($0.count)" }
    if malformed > 0 {
      notices.append("lines that are no JSON objects with a whole step, left out: \(malformed)")
    }
    if let stepKey, !lines.hasSteps {
      notices.append(
        "no line has the key '\(stepKey)', which --step names, so that lines were counted")
    }
    return notices
  }

  var summary: String {
    [
      DecimalText.counted(lines.count, "line"), DecimalText.counted(points, "point"),
      pictures > 0 ? DecimalText.counted(pictures, "picture") : nil,
    ].compactMap { $0 }.joined(separator: ", ")
  }

  func document(_ experiment: String, _ state: RunState, stepKey: String?) -> Document {
    Document(
      id: run.id, experiment: experiment, label: run.label, state: state, lines: lines.count,
      malformed: malformed, points: points, pictures: pictures, notices: notices(stepKey: stepKey))
  }
}
