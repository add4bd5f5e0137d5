import ArgumentParser
import Diffusion
import Experiments
import Foundation
import Kernels

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at processor, libraries, data sets and store, and say what to do.")

  @Flag(name: .long, help: "Print one JSON document.")
  var json = false

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
    let findings = [processor(), precision(), blas()] + dataSets() + [storeFinding()]
    if json { return printText(try jsonDocument(findings)) }
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
        printText(String(repeating: " ", count: width + 4) + "→ \(advice)\n")
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
        advice: "unset WORKBENCH_KERNELS and WORKBENCH_WINOGRAD, or set them as it says")
    }
  }

  private func precision() -> Finding {
    guard let kernels = try? Engine.kernels(), kernels.hasNativeBF16 else {
      return Finding(
        subject: "bf16", verdict: .note,
        text:
          "no bf16 products here: bf16 is emulated, with the same meaning but no faster than fp32")
    }
    return Finding(subject: "bf16", verdict: .ok, text: "the processor multiplies bf16 itself")
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

  private func storeFinding() -> Finding {
    do {
      let store = try RunStore(folder: store.folder)
      let crashed = try store.markCrashedRuns()
      let runs = try store.runs()
      let states = Dictionary(grouping: runs, by: \.state).map {
        "\($0.value.count) \($0.key.rawValue)"
      }
      .sorted().joined(separator: ", ")
      let problem = try store.healthProblem()
      let network = isOnNetworkFileSystem(self.store.folder)
      return Finding(
        subject: "store",
        verdict: problem == nil ? (network || !crashed.isEmpty ? .note : .ok) : .problem,
        text: "\(self.store.folder): \(runs.isEmpty ? "no runs yet" : states)"
          + (problem.map { "; \($0)" } ?? "")
          + (network ? "; on a network file system, so without write-ahead log" : ""),
        advice: problem != nil
          ? "copy the folder away, then 'sqlite3 workbench.sqlite .recover' saves what can be read"
          : crashed.isEmpty ? nil : "the next 'workbench run' goes on with crashed runs")
    } catch let error as StoreError where error.kind == .notFound {
      return Finding(
        subject: "store", verdict: .ok,
        text: "none yet in '\(store.folder)'; 'workbench run FILE' makes it")
    } catch {
      return Finding(subject: "store", verdict: .problem, text: "\(error)")
    }
  }
}
