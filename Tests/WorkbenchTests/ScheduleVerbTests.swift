import ArgumentParser
import Diffusion
import Foundation
import Images
import TestSupport
import Testing

@testable import Workbench

@Suite struct ScheduleVerbTests {
  private func document(_ arguments: [String]) throws -> [String: Any] {
    let text = try ScheduleCommand.parse(arguments + ["--json"]).answer()
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func write(_ text: String) throws -> (folder: TemporaryFolder, path: String) {
    let folder = try TemporaryFolder()
    return (folder, try folder.write(Array(text.utf8), "x.yaml"))
  }

  private struct Tables: Decodable {
    let kind: String
    let steps: Int
    let betas: [Double]
    let alphasCumprod: [Double]

    enum CodingKeys: String, CodingKey {
      case kind, steps, betas
      case alphasCumprod = "alphas_cumprod"
    }
  }

  /// Every double reads back as the one in the tables. (By JSONDecoder: JSONSerialization rounds
  /// the last digit.)
  @Test(arguments: ["linear", "cosine"]) func doublesReadBack(kind: String) throws {
    let text = try ScheduleCommand.parse(["--kind", kind, "--steps", "1000", "--json"]).answer()
    let tables = try JSONDecoder().decode(Tables.self, from: Data(text.utf8))
    let schedule = try NoiseSchedule(
      DiffusionSettings(
        schedule: kind == "linear"
          ? .linear(betaStart: nil, betaEnd: nil) : .cosine(offset: 0.008)))
    #expect(tables.kind == kind)
    #expect(tables.steps == 1000)
    #expect(tables.betas == schedule.betas)
    #expect(tables.alphasCumprod == schedule.alphasCumprod)
    let keys = try document(["--kind", kind]).keys
    #expect(Set(keys) == ["kind", "steps", "betas", "alphas_cumprod"])
  }

  @Test func timestepsOfAGrid() throws {
    let plain = try document(["--inference-steps", "50"])
    #expect((plain["timesteps"] as? [Int])?.prefix(5) == [0, 20, 41, 61, 82])
    let trailing = try document(["--inference-steps", "4", "--spacing", "trailing"])
    #expect(trailing["timesteps"] as? [Int] == [249, 499, 749, 999])
  }

  /// Of a sweep each process once, with its grids; the options come before the file.
  @Test func aFileShowsWhatItsRunsUse() throws {
    let (folder, path) = try write(
      """
      data: {source: shapes, size: 16}
      training: {steps: 5}
      diffusion: {steps: 100}
      sampling: {steps: 5}
      sweep:
        parameters:
          diffusion.schedule.kind: [linear, cosine]
          sampling.steps: [2, 3]
          training.batch: [2, 4]
      """)
    defer { withExtendedLifetime(folder) {} }
    let document = try document([path])
    #expect(document["kind"] as? String == "linear")
    #expect(document["timesteps"] as? [Int] == [0, 99])
    let all = try #require(document["schedules"] as? [[String: Any]])
    #expect(all.map { $0["kind"] as? String } == ["linear", "linear", "cosine", "cosine"])
    // Halves to even: 49.5 is 50.
    let grids = [[0, 99], [0, 50, 99], [0, 99], [0, 50, 99]]
    #expect(all.map { $0["timesteps"] as? [Int] } == grids)

    let one = try self.document([path, "--kind", "cosine", "--inference-steps", "1"])
    #expect(one["kind"] as? String == "cosine")
    #expect(one["timesteps"] as? [Int] == [99])
    #expect(one["schedules"] == nil)
  }

  /// Levels that lie between timesteps, and a process that has none.
  @Test func levelsBetweenTimesteps() throws {
    let karras = try document(["--inference-steps", "3", "--spacing", "karras"])
    let times = try #require(karras["timesteps"] as? [Double])
    #expect(times.first == 0 && times.last == 999 && times[1] != times[1].rounded())
    let (folder, path) = try write(
      "data: {source: points, shape: moons}\nmodel: {architecture: mlp}\n"
        + "diffusion: {process: edm}\nsampling: {sampler: heun, steps: 2}\ntraining: {steps: 5}\n")
    defer { withExtendedLifetime(folder) {} }
    let edm = try document([path])
    #expect(edm["kind"] as? String == "edm" && edm["betas"] == nil)
    let levels = try #require(edm["levels"] as? [[String: Double]])
    #expect(levels.count == 101 && levels.allSatisfy { $0["alpha"] == 1 })
    #expect(abs((levels.last?["sigma"] ?? 0) - 80) < 1e-9)
    let heard = try #require(edm["times"] as? [Double])
    #expect(abs(heard[1] - log(80) / 4) < 1e-12 && heard.count == 2)
    let text = try ScheduleCommand.parse([path]).answer()
    #expect(text.hasPrefix("edm\n") && text.contains("network hears"))
  }

  @Test func theTableHoldsBothEnds() throws {
    let lines = try ScheduleCommand.parse(["--inference-steps", "2"]).answer()
      .split(separator: "\n").map(String.init)
    #expect(lines.count == 24)
    #expect(lines[0] == "linear, T = 1000")
    #expect(lines[2].contains(#/^ +0 +0\.0001000 +0\.9999 /#))
    #expect(lines[22].contains(#/^999 +0\.02000 +4\.036e-05 /#))
    #expect(lines[23] == "sampling visits 2 of them, from the end: 999 0")
    let short = try ScheduleCommand.parse(["--steps", "1"]).answer().split(separator: "\n")
    #expect(short.count == 3)
  }

  /// A row a process. What stands at t is √ᾱ_t·x_0 + √(1−ᾱ_t)·ε: the first cell is the image
  /// itself, the last under a linear schedule hardly holds any of it.
  @Test func thePictureShowsGrowingNoise() throws {
    let (folder, path) = try write(
      """
      data: {source: shapes, size: 16}
      training: {steps: 5}
      sweep: {parameters: {diffusion.schedule.kind: [linear, cosine]}}
      """)
    let output = folder.path + "/forward.png"
    _ = try ScheduleCommand.parse([path, "-o", output, "--image", "3"]).answer()
    let sheet = try Image(contentsOf: output)
    let data = try DataSet.load(DataSettings(source: .shapes, size: 16))
    let processes = try [
      DiffusionSettings.Schedule.linear(betaStart: nil, betaEnd: nil), .cosine(offset: 0.008),
    ].map {
      ShownProcess(process: try NoiseProcess(DiffusionSettings(schedule: $0)), grids: [])
    }
    let picture = try ForwardProcessPicture(data: data, index: 3)
    #expect(try picture.drawn(under: processes) == sheet)

    let rows = processes.map { shown in
      picture.row(at: [124, 999].map { shown.process.level(timestep: $0) })
    }
    #expect(rows[0][0] == data.image(3))
    #expect(rows[0][0] == rows[1][0])
    #expect(rows[0][1] != rows[1][1])
  }

  @Test func picturesThatCannotBe() throws {
    let (folder, path) = try write(
      "data: {source: gaussian, variance: 0.25, size: 2}\nmodel: {architecture: exact-gaussian}\n")
    let output = folder.path + "/x.png"
    #expect {
      try ScheduleCommand.parse([path, "-o", output]).answer()
    } throws: { ($0 as? DiffusionError)?.kind == .badInput && "\($0)".contains("vectors") }
    let shapes = try write("data: {source: shapes, limit: 10}\ntraining: {steps: 5}\n")
    #expect {
      try ScheduleCommand.parse([shapes.path, "-o", output, "--image", "10"]).answer()
    } throws: { ($0 as? DiffusionError)?.kind == .badInput && "\($0)".contains("0 to 9") }
    #expect {
      try ScheduleCommand.parse([shapes.path, "-o", folder.path + "/none/x.png"]).answer()
    } throws: { ($0 as? ImageError)?.kind == .cannotCreate }
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  @Test(arguments: [
    ["--steps", "0"], ["--steps", "100001"], ["--inference-steps", "0"], ["--kind", "square"],
    ["--inference-steps", "1001"], ["--spacing", "leading"], ["--image=-1"],
    ["--image", "9223372036854775807"],
  ])
  func wrongUsage(arguments: [String]) {
    #expect(throws: (any Error).self) { try ScheduleCommand.parse(arguments) }
  }

  @Test func aGridLongerThanTheProcess() throws {
    let (folder, path) = try write("data: {source: shapes}\ntraining: {steps: 5}\n")
    defer { withExtendedLifetime(folder) {} }
    #expect {
      try ScheduleCommand.parse([path, "--inference-steps", "2000"]).answer()
    } throws: { ($0 as? DiffusionError)?.kind == .badInput }
  }
}
