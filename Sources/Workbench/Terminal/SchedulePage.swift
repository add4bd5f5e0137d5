import Diffusion
import Foundation

/// One noise process as `schedule` shows it.
struct ShownProcess {
  let process: NoiseProcess
  /// The levels that samplers ask about, the cleanest first: one list for each different grid.
  var grids: [[NoiseLevel]]

  /// The schedule's word of `vp`, the process's of the others.
  var kind: String {
    process.table == nil ? process.settings.process.kind : process.settings.schedule.kind
  }

  /// Whether the two show the same, but for the grids: target and the variance that ancestral sampling takes are not
  /// shown.
  func isAlike(_ other: ShownProcess) -> Bool {
    kind == other.kind && process.table?.betas == other.process.table?.betas
      && process.settings.process == other.process.settings.process
  }

  /// u of the levels that stand for a continuous process, from data to noise.
  static func places(_ count: Int) -> [Double] {
    (0..<count).map { Double($0) / Double(count - 1) }
  }
}

/// Of `vp` `{kind, steps, betas, alphas_cumprod, timesteps?}`, of a continuous process `{kind, levels, times?}`: of the
/// first process and grid; where a file has several, all of them under `schedules`.
struct ScheduleDocument: Encodable {
  struct Level: Encodable {
    let u: Double
    let alpha: Double
    let sigma: Double
    /// What the network hears.
    let time: Double
  }

  struct Process: Encodable {
    let shown: ShownProcess
    let grid: [NoiseLevel]?

    enum CodingKeys: String, CodingKey {
      case kind, steps, betas, timesteps, levels, times
      case alphasCumprod = "alphas_cumprod"
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(shown.kind, forKey: .kind)
      let times = grid?.map(\.time)
      guard let table = shown.process.table else {
        let levels = ShownProcess.places(101).map { u in
          let level = shown.process.level(at: u)
          return Level(u: u, alpha: level.signal, sigma: level.sigma, time: level.time)
        }
        // Data itself has no logarithm to be heard.
        try values.encode(levels.filter { $0.time.isFinite }, forKey: .levels)
        try values.encodeIfPresent(times, forKey: .times)
        return
      }
      try values.encode(table.steps, forKey: .steps)
      try values.encode(table.betas, forKey: .betas)
      try values.encode(table.alphasCumprod, forKey: .alphasCumprod)
      if let times, times.allSatisfy({ $0 == $0.rounded() }) {
        try values.encode(times.map { Int($0) }, forKey: .timesteps)
      } else {
        try values.encodeIfPresent(times, forKey: .timesteps)
      }
    }
  }

  let processes: [Process]

  init(_ processes: [ShownProcess]) {
    self.processes = processes.flatMap { process in
      let grids: [[NoiseLevel]?] = process.grids.isEmpty ? [nil] : process.grids
      return grids.map { Process(shown: process, grid: $0) }
    }
  }

  func encode(to encoder: any Encoder) throws {
    try processes.first?.encode(to: encoder)
    if processes.count > 1 { try ["schedules": processes].encode(to: encoder) }
  }
}

/// A process as a table for people: at most 21 of its levels.
enum ScheduleTable {
  private static let mostRows = 21

  static func text(_ shown: ShownProcess) -> String {
    let process = shown.process
    var text = process.table.map { table(shown, $0) } ?? continuous(shown)
    for levels in shown.grids {
      let of = process.table == nil ? "levels" : "of them"
      text += "sampling visits \(levels.count) \(of), from the end: "
      text += levels.reversed().map { time($0.time) }.joined(separator: " ") + "\n"
    }
    return text
  }

  private static func time(_ time: Double) -> String {
    time == time.rounded() ? String(Int(time)) : NumberText.value(time)
  }

  private static func table(_ shown: ShownProcess, _ schedule: NoiseSchedule) -> String {
    var table = TextTable(
      ["t", "β", "ᾱ", "√ᾱ", "√(1−ᾱ)", "SNR", "β̃"].map { .number($0) })
    for t in shownTimesteps(of: schedule.steps) {
      table.append(
        [String(t)]
          + [
            schedule.betas[t], schedule.alphasCumprod[t], schedule.sqrtAlphasCumprod[t],
            schedule.sqrtOneMinusAlphasCumprod[t], schedule.snr[t], schedule.posteriorVariance[t],
          ].map { NumberText.value($0) })
    }
    let zero = shown.process.settings.rescaleZeroSNR ? ", rescaled to zero terminal SNR" : ""
    return "\(shown.kind), T = \(schedule.steps)\(zero)\n" + table.rendered()
  }

  private static func continuous(_ shown: ShownProcess) -> String {
    var table = TextTable(["u", "α", "σ", "log-SNR", "network hears"].map { .number($0) })
    for u in ShownProcess.places(mostRows) {
      let level = shown.process.level(at: u)
      table.append(
        [u, level.signal, level.sigma, -2 * log(level.ratio), level.time].map {
          $0.isFinite ? NumberText.value($0) : "–"
        })
    }
    return "\(shown.kind)\n" + table.rendered()
  }

  /// All of a short schedule, or a selection of a long one, both ends included.
  private static func shownTimesteps(of steps: Int) -> [Int] {
    let rows = min(mostRows, steps)
    guard rows > 1 else { return [0] }
    return (0..<rows).map { $0 * (steps - 1) / (rows - 1) }
  }
}
