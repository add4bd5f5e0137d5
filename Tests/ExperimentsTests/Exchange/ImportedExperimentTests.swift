import Foundation
import Statistics
import StoreTestSupport
import TestSupport
import Testing
import Values

@testable import Analysis
@testable import Exchange
@testable import ExperimentFiles
@testable import Planning
@testable import Reports
@testable import Store

/// Imported runs where the workbench's own are: comparisons, files, reports, plans.
@Suite struct ImportedExperimentTests {
  private static let table = """
    name,step,loss,batch size,lr,seed
    a,0,1.5,64,0.1,1
    a,1,0.5,64,0.1,1
    b,0,1.5,64,0.1,2
    b,1,0.75,64,0.1,2
    c,0,2.5,32,0.01,1
    c,1,2,32,0.01,1
    d,1,2.5,32,0.01,2

    """

  @discardableResult
  private func imported(
    into store: RunStore, _ text: String = table, experiment: String? = "old",
    seed: String? = "seed",
    renames: [String: String] = [:], in folder: String
  ) throws -> ForeignImport.Result {
    let path = folder + "/old.csv"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    var options = ForeignImport.Options()
    options.experiment = experiment
    options.seed = seed
    options.renames = renames
    options.columns = ImportColumns(
      run: "name", step: "step", metrics: ["loss"], settings: ["batch size", "lr", "seed"])
    return try ForeignImport(into: store, options: options)(path, from: .csv)
  }

  @Test func aSeedThatIsNamedIsAveragedOver() throws {
    try withTemporaryFolder { folder in
      let store = try ForeignImportTests.store(folder)
      try imported(into: store, in: folder)
      let comparison = try Comparison(
        of: store.runs(experiment: "old"), objective: Objective(metric: "loss", goal: .minimize))
      #expect(comparison.settings == ["batch size", "lr"])
      #expect(comparison.rows.map { $0.metrics["loss"]?.mean } == [0.625, 2.25])
      #expect(comparison.rows.map(\.seeds) == [2, 2])
      // Its metric is shown, whatever decides.
      let without = try Comparison(of: store.runs(experiment: "old"), objective: nil)
      #expect(without.metrics.contains("loss"))
      // And stays so when the option is not given again.
      try imported(into: store, seed: nil, in: folder)
      #expect(try store.runs(experiment: "old").allSatisfy { $0.repeatGroup != nil })
    }
  }

  @Test func withoutASeedLabelsTellRunsApart() throws {
    try withTemporaryFolder { folder in
      let store = try ForeignImportTests.store(folder)
      let text = Self.table.replacing(",1\n", with: ",7\n").replacing(",2\n", with: ",7\n")
      try imported(into: store, text, seed: nil, in: folder)
      let comparison = try Comparison(
        of: store.runs(experiment: "old"), objective: Objective(metric: "loss", goal: .minimize))
      #expect(comparison.settings == ["batch size", "lr", "label"])
      #expect(comparison.rows.indices.map { comparison.name(ofRow: $0) } == ["a", "b", "c", "d"])
    }
  }

  /// Settings of theirs do not tell ours apart, nor ours theirs; who logged them does.
  @Test func besideOursTheSourceTellsThemApart() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs", incidents: false)
      let before = try Comparison(of: store.runs(experiment: "demo"), objective: nil).settings
      try imported(into: store, experiment: "demo", renames: ["loss": "eval/loss"], in: folder)
      let runs = try store.runs(experiment: "demo")
      let comparison = try Comparison(of: runs, objective: nil, by: "source")
      #expect(comparison.rows.map { $0.settings["source"]?.text } == ["workbench", "csv"])
      let settings = Set(try Comparison(of: runs, objective: nil).settings)
      #expect(settings == Set(before).union(["batch size", "lr", "source"]))
      #expect(
        try RunCondition("source == 'csv' and `batch size` == 64", among: runs).holds(runs.last!)
          == false)
      #expect(try runs.count { try RunCondition("source == 'csv'").holds($0) } == 4)
    }
  }

  /// A plan is made anew, and imported runs are no orphans of it.
  @Test func plansLeaveThemAlone() throws {
    try withTemporaryFolder { folder in
      let store = try ForeignImportTests.store(folder)
      let file = try ExperimentFile.read(
        text: "name: mine\ndata: {source: shapes}\ntraining: {steps: 2}\n", path: "mine.yaml")
      let plan = try Plan(file) { _ in "" }
      try store.register(try plan.registration(of: file))
      try imported(into: store, experiment: "mine", in: folder)
      try store.register(try plan.registration(of: file))
      let runs = try store.runs(experiment: "mine")
      #expect(runs.count == 5 && runs.allSatisfy { !$0.isOrphan })
      #expect(runs.map(\.label).suffix(4) == ["a", "b", "c", "d"])
      let status = try PlanStatus(plan, store: store)
      #expect(status.entries.count == 1 && status.entries[0].state == .new)
    }
  }

  // MARK: Files

  private static let file = """
    workbench: 1
    name: old
    imported: {settings: [lr, batch size], metrics: [loss]}
    objective: {metric: loss, goal: minimize}
    report:
      - plot: {x: lr, y: loss, color: batch size}
      - compare: {by: lr, metric: loss, where: '`batch size` > 1'}
      - name: claim
        assert: {claim: mean("loss" where lr == 0.1) < mean("loss" where `batch size` == 32)}
    """

  private func problems(_ text: String) -> [String] {
    do {
      _ = try ExperimentFile.read(text: text, path: "old.yaml")
      return []
    } catch let error as ExperimentFileError {
      return error.diagnostics.map(\.message)
    } catch {
      return ["\(error)"]
    }
  }

  @Test func aFileNamesWhatItsCellsUse() throws {
    let file = try ExperimentFile.read(text: Self.file, path: "old.yaml")
    #expect(file.runs.isEmpty && file.cells.count == 3 && file.objective.metric == "loss")
    let without = Self.file.replacing(
      "imported: {settings: [lr, batch size], metrics: [loss]}\n", with: "")
    #expect(problems(without).contains { $0.contains("no setting or attribute 'lr'") })
    #expect(
      problems(Self.file.replacing("x: lr", with: "x: lrr")) == [
        "'plot.x': there is no metric, setting or attribute 'lrr'"
      ])
    // With settings of its own it has runs, and needs all that runs need.
    #expect(
      problems(Self.file + "\nmodel: {levels: 2}\n").contains {
        $0.contains("'training.steps' is missing")
      })
  }

  @Test func reportsShowThem() throws {
    try withTemporaryFolder { folder in
      let store = try ForeignImportTests.store(folder)
      try imported(into: store, in: folder)
      let automatic = try ExperimentReport(store: store, experiment: "old")
      #expect(automatic.failedCells.isEmpty)
      let text = String(decoding: automatic.files[0].bytes, as: UTF8.self)
      #expect(text.contains("## Where the runs are from") && text.contains("(csv)"))
      let file = try ExperimentFile.read(text: Self.file, path: "old.yaml")
      let plan = try Plan(file) { _ in "" }
      try store.register(try plan.registration(of: file))
      let report = try ExperimentReport(store: store, experiment: "old")
      #expect(report.failedCells.isEmpty && report.claims.count == 1)
      #expect(report.claims[0].verdict == .holds || report.claims[0].verdict == .undecided)
      #expect(try store.runs(experiment: "old").count { !$0.isOrphan } == 4)
    }
  }

  @Test func capsulesCarryThem() throws {
    try withTemporaryFolder { folder in
      let store = try ForeignImportTests.store(folder)
      try imported(into: store, in: folder)
      let path = folder + "/old.capsule"
      try CapsuleExport(ExportSelection(["old"], store: store)).write(to: path)
      let other = try RunStore(folder: folder + "/other", creating: true)
      #expect(try CapsuleImport(into: other)(path).count(.new) == 4)
      #expect(try other.runs(experiment: "old").allSatisfy { $0.source == "csv" })
      // What came by the capsule is what comes by the table.
      #expect(try imported(into: other, in: folder).count(.same) == 4)
    }
  }
}
