internal import Diffusion
import ExperimentFiles
import Planning
internal import Search
import Statistics
package import Store
import Text
import Values

/// Decides rung by rung which runs of a plan continue, and how far each may go now.
///
/// A rung is decided when every run of its round has reached it or ended, so what is decided follows
/// from the runs' results alone: not from how many run at once, nor from interruptions. Seeds of one
/// setting are judged together, by their mean.
package struct PruningScheduler {
  package enum Gate: Sendable, Hashable {
    /// Nil: to the end.
    case go(until: Int?)
    /// For the round's others.
    case waits(at: Int)
    case ended(SweepDecision?)
  }

  private let plan: Plan
  private let rule: PruningRule
  private let store: RunStore
  private var log: PruningLog
  /// Losses of each run by step, as far as they are known.
  private var curves: [String: [Int: Double]] = [:]
  private var standings: [String: RunStanding] = [:]
  /// Where runs have paused that the store knows no value of at that step.
  private var paused: [String: Int] = [:]
  private var failed: Set<String> = []

  /// Nil for a plan that prunes nothing.
  /// - Throws: `StoreError`.
  init?(_ plan: Plan, store: RunStore) throws {
    guard let rule = plan.pruning else { return nil }
    self.plan = plan
    self.rule = rule
    self.store = store
    log = try PruningLog(plan, store: store)
  }

  /// Decides every rung that is due.
  /// - Parameters:
  ///   - failed: runs that failed and are not tried again.
  ///   - paused: where runs have paused in this sitting.
  /// - Returns: of each run of the plan, by id.
  /// - Throws: `StoreError`.
  mutating func update(failed: Set<String>, paused: [String: Int]) throws -> [String: Gate] {
    self.failed = failed
    self.paused = paused
    standings = try store.standings()
    for round in Set(plan.runs.map(\.round)).sorted() { try decide(round) }
    try settle()
    return Dictionary(plan.runs.map { ($0.id, gate(of: $0)) }) { $1 }
  }

  /// Another program may have taken up a run in the moment in which the rule ended it.
  private mutating func settle() throws {
    let stray = plan.runs.map(\.id).filter {
      log.end(of: $0) != nil
        && [.queued, .interrupted, .crashed].contains(standings[$0]?.state)
    }
    guard !stray.isEmpty else { return }
    try store.markPruned(stray)
    standings = try store.standings()
  }

  private func gate(of run: PlannedRun) -> Gate {
    if let end = log.end(of: run.id), standings[run.id]?.state != .finished {
      return .ended(end)
    }
    if isEnded(run) { return .ended(nil) }
    let open = rule.rungs(of: run.settings.training.steps).first {
      !log.isDecided(run.id, at: $0)
    }
    guard let open else { return .go(until: nil) }
    return hasReached(run, open) ? .waits(at: open) : .go(until: open)
  }

  private func isEnded(_ run: PlannedRun) -> Bool {
    log.isDone(run.id, standings[run.id]?.state) || failed.contains(run.id)
  }

  /// Reached: measured there and not under way; a measure counts only at the very step, since what
  /// comes before it may stand in the store when a run's process has died.
  private func hasReached(_ run: PlannedRun, _ rung: Int) -> Bool {
    guard standings[run.id]?.state != .running else { return false }
    return curves[run.id]?[rung] != nil || paused[run.id].map { $0 >= rung } ?? false
  }

  // MARK: Deciding

  private mutating func decide(_ round: Int) throws {
    let runs = plan.runs.filter { $0.round == round }
    let rungs = Set(runs.flatMap { rule.rungs(of: $0.settings.training.steps) }).sorted()
    for run in plan.runs where run.round <= round { try readCurve(of: run) }
    for rung in rungs {
      let alive = runs.filter { !isEnded($0) }
      let isDue = alive.allSatisfy { run in
        rule.rungs(of: run.settings.training.steps).contains(rung) && hasReached(run, rung)
          || log.isDecided(run.id, at: rung)
      }
      guard isDue else { return }
      let open = alive.filter { !log.isDecided($0.id, at: rung) }
      guard !open.isEmpty else { continue }
      let decisions = judge(Set(open.map(\.id)), at: rung, upTo: round)
      try store.decide(decisions, experiment: plan.experiment, ruleKey: log.key)
      log = try PruningLog(plan, store: store)
      standings = try store.standings()
    }
  }

  private mutating func readCurve(of run: PlannedRun) throws {
    // What has ended logs nothing more.
    if curves[run.id] != nil, isEnded(run) { return }
    let points = try store.history(run: run.id, metric: rule.objective.metric)
    curves[run.id] = Dictionary(zip(points.steps, points.values.map(rule.loss))) { $1 }
  }

  /// Losses of a run up to a step, in order.
  private func losses(_ run: PlannedRun, upTo step: Int) -> [Double] {
    (curves[run.id] ?? [:]).filter { $0.key <= step }.sorted { $0.key < $1.key }.map(\.value)
  }

  /// A setting at a rung: its seeds together.
  private struct Member {
    var runs: [PlannedRun]
    var curves: [[Double]]

    var loss: Double { mean(curves.map { $0.last ?? .infinity }) }
    var curve: MedianStopping.Curve {
      let all = curves.map { MedianStopping.Curve($0) }
      return .init(best: mean(all.map(\.best)), average: mean(all.map(\.average)))
    }
    private func mean(_ values: [Double]) -> Double {
      values.reduce(0, +) / Double(max(values.count, 1))
    }
  }

  /// The settings of this round and earlier ones that have come this far, among which each is ranked.
  private func members(at rung: Int, upTo round: Int) -> [Member] {
    var places: [String: Int] = [:]
    var members: [Member] = []
    for run in plan.runs where run.round <= round {
      var losses = losses(run, upTo: rung)
      let cameSoFar = (standings[run.id]?.step ?? 0) >= rung || paused[run.id] ?? 0 >= rung
      if standings[run.id]?.hasDiverged == true {
        // Wherever it ended, it ranks last, and counts.
        losses = [.infinity]
      } else {
        guard !losses.isEmpty, cameSoFar, !failed.contains(run.id) else { continue }
      }
      if let place = places[run.groupKey] {
        members[place].runs.append(run)
        members[place].curves.append(losses)
      } else {
        places[run.groupKey] = members.count
        members.append(Member(runs: [run], curves: [losses]))
      }
    }
    return members
  }

  private func judge(_ open: Set<String>, at rung: Int, upTo round: Int) -> [SweepDecision] {
    let members = members(at: rung, upTo: round)
    let metric = rule.objective.metric
    var decisions: [SweepDecision] = []
    func note(_ member: Member, _ isKept: Bool, _ why: String) {
      for run in member.runs where open.contains(run.id) {
        let value = losses(run, upTo: rung).last.map(shown) ?? .nan
        decisions.append(
          SweepDecision(
            run: run.id, step: rung, metric: metric, value: value, isKept: isKept,
            reason: "\(isKept ? "continues past" : "pruned at") step \(rung): \(why)"))
      }
    }
    switch rule.kind {
    case .asha:
      let halving = SuccessiveHalving(eta: rule.eta)
      let losses = members.map(\.loss)
      let (ranks, kept) = (SuccessiveHalving.ranks(losses), halving.goesOn(losses))
      for (index, member) in members.enumerated() {
        note(
          member, kept[index],
          losses[index] < .infinity
            ? "\(metric) \(text(losses[index])) ranks \(ranks[index]) of \(members.count), and \(goOn(halving.kept(of: members.count))) (asha, eta \(rule.eta))"
            : "\(metric) is not finite")
      }
    case .median:
      let curves = members.map(\.curve)
      let kept = MedianStopping.goesOn(curves)
      for (index, member) in members.enumerated() {
        let median = MedianStopping.median(without: index, curves)
        let others = median.map { "the median of the others' averages is \(text($0))" }
        note(
          member, kept[index],
          curves[index].best < .infinity
            ? "its best \(metric) is \(text(curves[index].best)), "
              + (others ?? "and there is no other run to compare it with")
            : "\(metric) is not finite")
      }
    case .bound: break
    }
    // A run without any value cannot be judged.
    let judged = Set(decisions.map(\.run))
    for run in plan.runs where open.contains(run.id) && !judged.contains(run.id) {
      decisions.append(
        SweepDecision(
          run: run.id, step: rung, metric: metric, value: .nan, isKept: true,
          reason: "continues past step \(rung): it has no \(metric)"))
    }
    return decisions
  }

  private func goOn(_ count: Int) -> String {
    count == 1 ? "the best one continues" : "the best \(count) continue"
  }

  /// The metric's own value again.
  private func shown(_ loss: Double) -> Double {
    guard loss.isFinite else { return .nan }
    return rule.objective.goal == .minimize ? loss : -loss
  }

  private func text(_ loss: Double) -> String {
    let value = shown(loss)
    return value.isNaN ? "NaN" : DecimalText.significant(value, digits: 4)
  }
}
