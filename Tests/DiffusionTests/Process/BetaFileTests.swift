import TestSupport
import Testing

@testable import Diffusion

/// A schedule of one's own.
@Suite struct BetaFileTests {
  private static let betas = [1e-4, 0.01, 0.25]

  private func settings(_ path: String, steps: Int = 3) -> DiffusionSettings {
    DiffusionSettings(steps: steps, schedule: .file(path: path))
  }

  @Test(arguments: [
    "1e-4\n0.01\n0.25\n", "0.0001, 0.01, 0.25", "# from data to noise\n1e-4 0.01 # two\n\n\t.25",
    "1e-4\r\n0.01\r\n0.25\r\n", "\u{FEFF}1e-4 0.01 0.25",
  ])
  func textIsReadHoweverItIsDivided(text: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array(text.utf8), "betas.txt")
    #expect(try NoiseSchedule(settings(path)).betas == Self.betas)
  }

  @Test func aNumPyArrayIsRead() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      SmallFiles.npy("<f8", shape: [3], content: SmallFiles.float64(Self.betas)), "betas.npy")
    #expect(try NoiseSchedule(settings(path)).betas == Self.betas)
    let table = try folder.write(
      SmallFiles.npy("<f8", shape: [3, 1], content: SmallFiles.float64(Self.betas)), "table.npy")
    #expect(
      throws: DiffusionError(
        .badInput, "\(table): its shape is [3, 1], expected (T): a β for each step")
    ) {
      try NoiseSchedule(settings(table))
    }
  }

  @Test(arguments: [
    ("1e-4 0.01\n1.0", "line 2 says 1.0, expected a β, a number between 0 and 1"),
    ("0 0.01 0.25", "line 1 says 0, expected a β, a number between 0 and 1"),
    ("beta\n1e-4\n0.01", "line 1 says beta, expected a β, a number between 0 and 1"),
    ("nan 0.01 0.25", "line 1 says nan, expected a β, a number between 0 and 1"),
    ("# none\n", "holds no number, expected a β for each step, from data to noise"),
  ])
  func whatIsNoBetaIsRefused(text: String, says: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array(text.utf8), "betas.txt")
    #expect(throws: DiffusionError(.badInput, "\(path): \(says)")) {
      try NoiseSchedule(settings(path))
    }
  }

  @Test func asManyAsStepsAreAsked() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("1e-4 0.01 0.25".utf8), "betas.txt")
    let error = DiffusionError(
      .badInput,
      "diffusion.steps is 1000, and \(path) holds 3 betas: set diffusion.steps: 3")
    #expect(throws: error) { try NoiseProcess(settings(path, steps: 1000)) }
  }

  /// A network does without the file.
  @Test func aProcessKeepsTheNumbers() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("1e-4 0.01 0.25".utf8), "betas.txt")
    let process = try NoiseProcess(settings(path))
    #expect(process.settings.schedule == .betas(Self.betas))
    #expect(process.settings.scheduleHash != nil)
    #expect(DiffusionSettings().scheduleHash == nil)
  }
}
