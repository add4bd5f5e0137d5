import ArgumentParser
import Diffusion
import Foundation
import Kernels
import Reports
import Store
import Text
import Values

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check processor, libraries, data sets and store, and advise what to do.",
    discussion: """
      In the store it checks the database, that every picture and network beside it is there and has the \
      right size, and what processes that died have left. Exits with 1 if something is wrong with the store.
      """)

  @Flag(
    help:
      "Also check the content of every picture and network against its hash, which reads all of it."
  )
  var deep = false

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  struct Finding: Encodable {
    enum Verdict: String, Encodable {
      case ok, note, problem
    }

    var subject: String
    var verdict: Verdict
    var text: String
    /// What to do about it.
    var advice: String?
  }

  func run() async throws {
    let storeFindings = storeFindings()
    let findings = [processor(), precision(), blas()] + dataSets() + imageCache() + storeFindings
    if format.json { printText(try jsonDocument(findings)) } else { show(findings) }
    if storeFindings.contains(where: { $0.verdict == .problem }) {
      throw ExitCode(FailureCode.runFailed.rawValue)
    }
  }

  private func show(_ findings: [Finding]) {
    let width = findings.map { displayWidth($0.subject) }.max() ?? 0
    for finding in findings {
      let mark =
        switch finding.verdict {
        case .ok: "✓"
        case .note: "–"
        case .problem: "✗"
        }
      let subject =
        finding.subject + String(repeating: " ", count: width - displayWidth(finding.subject))
      printText("\(mark) \(subject)  \(printable(finding.text))\n")
      if let advice = finding.advice {
        printText(String(repeating: " ", count: width + 4) + "→ \(printable(advice))\n")
      }
    }
  }

  private func processor() -> Finding {
    let available = KernelSet.available.map(\.description).joined(separator: ", ")
    let facts = Provenance.capture(programVersion: Workbench.version)
    let model = facts["cpu.model"] ?? "unknown processor"
    do {
      let kernels = try Engine.kernels()
      let winograd = kernels.usesWinograd ? "on" : "off"
      return Finding(
        subject: "processor", verdict: .ok,
        text:
          "\(model), \(UsableProcessors.current); kernels \(kernels) of \(available), Winograd "
          + winograd)
    } catch {
      return Finding(
        subject: "processor", verdict: .problem, text: error.description,
        advice: "unset WORKBENCH_KERNELS and WORKBENCH_WINOGRAD, or set them as the message says")
    }
  }

  private func precision() -> Finding {
    guard let kernels = try? Engine.kernels(), kernels.hasNativeBF16 else {
      return Finding(
        subject: "bf16", verdict: .note,
        text:
          "no bf16 instructions: bf16 is emulated, with the same meaning but no faster than fp32")
    }
    return Finding(subject: "bf16", verdict: .ok, text: "the processor has bf16 instructions")
  }

  private func blas() -> Finding {
    Finding(subject: "BLAS", verdict: .ok, text: "\(BLAS.version), core \(BLAS.coreName)")
  }

  private func dataSets() -> [Finding] {
    let folders = DataFolders(environment: ProcessInfo.processInfo.environment)
    if let path = folders.findFashionMNIST() {
      return [Finding(subject: "fashion-mnist", verdict: .ok, text: path)]
    }
    return [
      Finding(
        subject: "fashion-mnist", verdict: .problem,
        text: "not found in \(folders.folders.joined(separator: ", "))",
        advice: "apt-get install dataset-fashion-mnist, or name its folder in WORKBENCH_DATA")
    ]
  }

  private func imageCache() -> [Finding] {
    guard let cache = ImageCache.standard else { return [] }
    let images = cache.usage()
    let (classifiers, features) = (MeasureCache.usage(.classifier), MeasureCache.usage(.features))
    let kept = [
      (images, "data set", ", decoded"), (classifiers, "classifier", " to measure by"),
      (features, "data set", "'s features"),
    ].filter { $0.0.entries > 0 }
    if kept.isEmpty { return [] }
    let list = kept.map { usage, noun, what in
      "\(DecimalText.counted(usage.entries, noun))\(what), \(NumberText.bytes(usage.bytes))"
    }
    return [
      Finding(
        subject: "image cache", verdict: .ok,
        text: "\(cache.folder): \(list.joined(separator: "; ")); may be deleted at any time")
    ]
  }

  private func storeFindings() -> [Finding] {
    do {
      let store = try store.open()
      return [try database(store)] + (try sizes(store)) + (try artifacts(store))
        + (try leftovers(store))
    } catch let error as StoreError where error.kind == .notFound {
      return [
        Finding(
          subject: "store", verdict: .ok,
          text: "none yet in '\(store.folder)'; 'workbench run FILE' makes it")
      ]
    } catch {
      return [Finding(subject: "store", verdict: .problem, text: "\(error)")]
    }
  }

  /// What takes the room, and what of it nothing asks for any more.
  private func sizes(_ store: RunStore) throws -> [Finding] {
    let bytes = try store.artifactBytes()
    let runs = try store.runs()
    let experiments = Dictionary(grouping: runs, by: { $0.experiment ?? "no experiment" })
      .mapValues { runs in Set(runs.map(\.id)).reduce(0) { $0 + (bytes[$1] ?? 0) } }
      .filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    guard !experiments.isEmpty else { return [] }
    let listed = experiments.prefix(5).map { "\($0.key) \(NumberText.bytes($0.value))" }
    let rest = experiments.count - listed.count
    let orphans = Set(runs.filter(\.isOrphan).map(\.id))
    return [
      Finding(
        subject: "sizes", verdict: .ok,
        text: "pictures and networks: " + listed.joined(separator: ", ")
          + (rest > 0 ? ", and \(DecimalText.counted(rest, "experiment")) more" : ""),
        advice: orphans.isEmpty
          ? nil
          : "\(DecimalText.counted(orphans.count, "run is", "runs are")) no longer in the experiments' files "
            + "(\(NumberText.bytes(orphans.reduce(0) { $0 + (bytes[$1] ?? 0) }))): 'workbench rm --where orphan'"
      )
    ]
  }

  private func database(_ store: RunStore) throws -> Finding {
    let runs = try store.runs()
    let crashed = runs.contains { $0.state == .crashed && $0.source == nil }
    // A run of several experiments is one.
    let states = Dictionary(grouping: runs, by: \.state).map {
      "\(Set($0.value.map(\.id)).count) \($0.key.rawValue)"
    }
    .sorted().joined(separator: ", ")
    let problem = try store.healthProblem()
    let network = isOnNetworkFileSystem(self.store.folder)
    let isNotable = network || crashed || !store.keepsWrites
    return Finding(
      subject: "store", verdict: problem != nil ? .problem : isNotable ? .note : .ok,
      text: "\(self.store.folder): \(runs.isEmpty ? "no runs yet" : states)"
        + (problem.map { "; \($0)" } ?? "")
        + (network ? "; on a network file system, so without write-ahead log" : "")
        + (store.keepsWrites ? "" : "; it can be read but not written"),
      advice: problem != nil
        ? "copy the folder, then recover what can be read with 'sqlite3 workbench.sqlite .recover'"
        : crashed ? "the next 'workbench run' resumes crashed runs" : nil)
  }

  /// One for each that is missing or damaged, up to a number that people read.
  private func artifacts(_ store: RunStore) throws -> [Finding] {
    let (count, problems) = try store.artifactProblems(deep: deep)
    guard !problems.isEmpty else {
      if count == 0 { return [] }
      let text =
        deep
        ? "\(count) checked, each matches its hash"
        : "\(DecimalText.counted(count, "file")) beside the database, of the right size"
      return [Finding(subject: "artifacts", verdict: .ok, text: text)]
    }
    let most = format.json ? problems.count : 10
    var findings = problems.prefix(most).map { problem in
      Finding(
        subject: "artifact", verdict: .problem,
        text: "\(problem.path) \(problem.what)"
          + (problem.owners.isEmpty ? "" : ": \(problem.owners.joined(separator: ", "))"),
        advice: problem.advice)
    }
    if problems.count > most {
      findings.append(
        Finding(
          subject: "artifact", verdict: .problem,
          text: "\(problems.count - most) more; --json lists them all"))
    }
    return findings
  }

  private func leftovers(_ store: RunStore) throws -> [Finding] {
    let items = try store.cleaning().items.filter { $0.kind != .run }
    guard !items.isEmpty else { return [] }
    let bytes = items.reduce(0) { $0 + $1.bytes }
    return [
      Finding(
        subject: "leftovers", verdict: .note,
        text: "\(DecimalText.counted(items.count, "item")) that nothing needs, "
          + NumberText.bytes(bytes),
        advice: "'workbench gc --dry-run' lists them, 'workbench gc' removes them")
    ]
  }
}
