import Foundation
import Testing

@testable import Diffusion

/// What Python wrote into `Goldens`, beside the tests.
enum GoldenFiles {
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Goldens/\(name)").path
  }

  static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(contentsOf: URL(fileURLWithPath: path(name))))
  }
}

/// The tables of every schedule and the levels of every process: `Goldens/schedules/schedules.json`, computed with fifty
/// digits by `make_schedules.py` there, which compares them with diffusers' classes.
@Suite struct ScheduleGoldenTests {
  struct Tables: Decodable {
    let schedules: [Table]
    let departures: [Departure]
    let processes: [Process]
  }

  struct Table: Decodable {
    let schedule: String
    let steps: Int
    let rescaleZeroSnr: Bool
    let parameters: [String: Double]
    let timesteps: [Int]
    let betas: [Double]
    let alphasCumprod: [Double]
    let sumOfBetas: Double
    let sumOfAlphasCumprod: Double
  }

  struct Departure: Decodable {
    let schedule: String
    let timesteps: [Int]
    let ours: [Double]
    let theirs: [Double]
  }

  struct Process: Decodable {
    let process: String
    let parameters: [String: Double]
    let u: [Double]
    let signal: [Double]
    let sigma: [Double]
    let time: [Double]
  }

  private static func schedule(
    _ name: String, _ parameters: [String: Double] = [:], steps: Int
  ) throws -> DiffusionSettings.Schedule {
    let (start, end) = (parameters["start"], parameters["end"])
    switch name {
    case "linear": return .linear(betaStart: start, betaEnd: end)
    case "scaled-linear": return .scaledLinear(betaStart: start, betaEnd: end)
    case "quadratic": return .quadratic(betaStart: start, betaEnd: end)
    case "exponential": return .exponential(betaStart: start, betaEnd: end)
    case "constant": return .constant(beta: parameters["value"])
    case "cosine": return .cosine(offset: 0.008)
    case "sqrt": return .sqrt
    case "sigmoid": return .sigmoid(temperature: 1)
    case "laplace": return .laplace(mean: 0, scale: 0.5)
    default:
      #expect(name == "sigmoid-betas")
      return .betas(
        NoiseSchedule.sigmoidBetas(
          steps: steps, start: try #require(start), end: try #require(end)))
    }
  }

  /// 1e-10 of each value: ᾱ is a product of up to 4,000 rounded factors.
  @Test(arguments: [
    "linear", "scaled-linear", "quadratic", "exponential", "constant", "cosine", "sqrt", "sigmoid",
    "sigmoid-betas", "laplace",
  ])
  func tables(name: String) throws {
    let rows = try GoldenFiles.json("schedules/schedules.json", as: Tables.self).schedules
      .filter { $0.schedule == name }
    #expect(Set(rows.map(\.steps)) == [10, 100, 1000, 4000])
    for row in rows {
      let table = try NoiseSchedule(
        DiffusionSettings(
          steps: row.steps, schedule: try Self.schedule(name, row.parameters, steps: row.steps),
          rescaleZeroSNR: row.rescaleZeroSnr, prediction: .v))
      let about = "\(name), T = \(row.steps), \(row.parameters), rescaled: \(row.rescaleZeroSnr)"
      for (place, t) in row.timesteps.enumerated() {
        #expect(isClose(table.betas[t], row.betas[place]), "β_\(t) of \(about)")
        #expect(
          isClose(table.alphasCumprod[t], row.alphasCumprod[place]),
          "ᾱ_\(t) of \(about): \(table.alphasCumprod[t])")
      }
      #expect(isClose(table.betas.reduce(0, +), row.sumOfBetas), "Σ β of \(about)")
      #expect(
        isClose(table.alphasCumprod.reduce(0, +), row.sumOfAlphasCumprod), "Σ ᾱ of \(about)")
    }
  }

  /// Three that diffusers has by these names are others.
  @Test func departuresOfDiffusers() throws {
    let rows = try GoldenFiles.json("schedules/schedules.json", as: Tables.self).departures
    #expect(rows.map(\.schedule) == ["sigmoid", "laplace", "exponential"])
    for row in rows {
      let table = try NoiseSchedule(
        DiffusionSettings(schedule: try Self.schedule(row.schedule, steps: 1000)))
      let middle = row.timesteps[1]
      #expect(isClose(table.alphasCumprod[middle], row.ours[1]))
      #expect(abs(row.theirs[1] / row.ours[1] - 1) > 0.03, "\(row.schedule): no departure")
    }
  }

  @Test func processes() throws {
    let rows = try GoldenFiles.json("schedules/schedules.json", as: Tables.self).processes
    #expect(Set(rows.map(\.process)) == ["sub-vp", "ve", "edm", "flow", "trig"])
    for row in rows {
      let kind: DiffusionSettings.Process =
        switch row.process {
        case "sub-vp": .subVP()
        case "ve": .ve()
        case "edm": .edm()
        case "flow": .flow(shift: row.parameters["shift"] ?? 1)
        default: .trig
        }
      let process = try NoiseProcess(DiffusionSettings(process: kind, prediction: .v))
      for (place, u) in row.u.enumerated() {
        let about = "\(row.process) \(row.parameters) at u = \(u)"
        let level = process.level(at: u)
        #expect(isClose(level.signal, row.signal[place]), "α of \(about)")
        #expect(isClose(level.sigma, row.sigma[place]), "σ of \(about)")
        #expect(abs(level.time - row.time[place]) < 1e-10 * 1000, "time of \(about)")
        // And back, by s alone.
        let back = process.level(ratio: level.ratio)
        #expect(isClose(back.sigma, row.sigma[place], 1e-9), "σ by s of \(about)")
        #expect(abs(back.signal - row.signal[place]) < 1e-9, "α by s of \(about)")
        #expect(abs(back.time - row.time[place]) < 1e-6, "time by s of \(about)")
      }
    }
  }
}

/// Relative to what is expected; 0 is 0.
func isClose(_ found: Double, _ expected: Double, _ tolerance: Double = 1e-10) -> Bool {
  abs(found - expected) <= tolerance * abs(expected)
}
