import Diffusion

/// One noise process as `schedule` shows it.
struct ShownProcess {
  let kind: String
  let schedule: NoiseSchedule
  /// The timesteps that samplers visit, ascending: one list for each different grid.
  var grids: [[Int]]

  /// Whether the two show the same, but for the grids: the variance that ancestral sampling takes
  /// is not shown.
  func isAlike(_ other: ShownProcess) -> Bool {
    kind == other.kind && schedule.betas == other.schedule.betas
  }
}

/// `{kind, steps, betas, alphas_cumprod, timesteps?}` of the first process and grid; where a file
/// has several, all of them under `schedules`.
struct ScheduleDocument: Encodable {
  struct Process: Encodable {
    let kind: String
    let steps: Int
    let betas: [Double]
    let alphasCumprod: [Double]
    let timesteps: [Int]?

    enum CodingKeys: String, CodingKey {
      case kind, steps, betas, timesteps
      case alphasCumprod = "alphas_cumprod"
    }
  }

  let processes: [Process]

  init(_ processes: [ShownProcess]) {
    self.processes = processes.flatMap { process in
      let grids: [[Int]?] = process.grids.isEmpty ? [nil] : process.grids
      return grids.map { timesteps in
        Process(
          kind: process.kind, steps: process.schedule.steps, betas: process.schedule.betas,
          alphasCumprod: process.schedule.alphasCumprod, timesteps: timesteps)
      }
    }
  }

  func encode(to encoder: any Encoder) throws {
    try processes.first?.encode(to: encoder)
    if processes.count > 1 { try ["schedules": processes].encode(to: encoder) }
  }
}

/// A process as a table for people: at most 21 of its timesteps.
enum ScheduleTable {
  private static let mostRows = 21

  static func text(_ process: ShownProcess) -> String {
    let schedule = process.schedule
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
    var text = "\(process.kind), T = \(schedule.steps)\n" + table.rendered()
    for timesteps in process.grids {
      text += "sampling visits \(timesteps.count) of them, from the end: "
      text += timesteps.reversed().map(String.init).joined(separator: " ") + "\n"
    }
    return text
  }

  /// All of a short schedule, or a selection of a long one, both ends included.
  private static func shownTimesteps(of steps: Int) -> [Int] {
    let rows = min(mostRows, steps)
    guard rows > 1 else { return [0] }
    return (0..<rows).map { $0 * (steps - 1) / (rows - 1) }
  }
}
