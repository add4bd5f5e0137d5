import Testing

@testable import Diffusion

/// Timesteps of every number of steps, exactly, and levels: `Goldens/schedules/spacings.json`, by `make_schedules.py`
/// there from whole numbers and fractions.
@Suite struct SpacingGoldenTests {
  struct Spacings: Decodable {
    let timestepsOf1000: [String: Timesteps]
    let levelsOfLinear1000: [Levels]
  }

  struct Timesteps: Decodable {
    let lists: [String: [Int]]
    /// Of n = 1 … 1000.
    let fingerprints: [Int]
    let diffusersHasOneMore: [Int]
    /// n: place, ours, theirs.
    let diffusersDiffers: [String: [[Int]]]
  }

  struct Levels: Decodable {
    let spacing: String
    let steps: Int
    let sigmas: [Double]
    let timesteps: [Double]?
  }

  @Test(arguments: ["linspace", "trailing", "leading"])
  func timesteps(name: String) throws {
    let golden = try #require(
      GoldenFiles.json("schedules/spacings.json", as: Spacings.self).timestepsOf1000[name])
    let spacing = try #require(SamplingSettings.Spacing(rawValue: name))
    #expect(golden.fingerprints.count == 1000)
    for (place, expected) in golden.fingerprints.enumerated() {
      let timesteps = try spacing.timesteps(place + 1, of: 1000)
      let found = timesteps.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element }
      #expect(found == expected, "n = \(place + 1)")
    }
    for (n, list) in golden.lists {
      #expect(try spacing.timesteps(try #require(Int(n)), of: 1000) == list)
    }
    for (n, differences) in golden.diffusersDiffers {
      let timesteps = try spacing.timesteps(try #require(Int(n)), of: 1000)
      for difference in differences {
        #expect(timesteps[difference[0]] == difference[1] && difference[1] != difference[2])
      }
    }
  }

  /// Where diffusers' lists are others: a place too many, ending in −1; a half that floating point does not hit, or
  /// rounds the other way; one step alone, which is timestep 0 there.
  @Test func whereDiffusersErrs() throws {
    let golden = try GoldenFiles.json("schedules/spacings.json", as: Spacings.self)
      .timestepsOf1000
    #expect(golden["trailing"]?.diffusersHasOneMore.count == 62)
    #expect(golden["trailing"]?.diffusersHasOneMore.prefix(5) == [61, 103, 121, 122, 201])
    #expect(golden["trailing"]?.diffusersDiffers.count == 50)
    #expect(golden["linspace"]?.diffusersDiffers.count == 93)
    #expect(golden["linspace"]?.diffusersDiffers["27"] == [[13, 500, 499]])
    #expect(golden["leading"]?.diffusersDiffers.keys.sorted() == ["1"])
  }

  /// 1e-10 of each σ/α; timesteps between two of the table 1e-7, since ln σ/α changes by 4e-3 and more from one to the
  /// next.
  @Test func levels() throws {
    let rows = try GoldenFiles.json("schedules/spacings.json", as: Spacings.self)
      .levelsOfLinear1000
    #expect(Set(rows.map(\.spacing)) == ["karras", "exponential", "quadratic", "sgm-uniform"])
    for row in rows {
      let spacing = try #require(SamplingSettings.Spacing(rawValue: row.spacing))
      let settings = SamplingSettings(steps: row.steps, spacing: spacing)
      // Karras 2022's own example, 80 to 0.002, is of the process edm.
      let process = try NoiseProcess(
        row.timesteps == nil
          ? DiffusionSettings(process: .edm(), prediction: .edm) : DiffusionSettings())
      let levels = try process.levels(for: settings)
      #expect(levels.count == row.steps + 1 && levels.last?.sigma == 0)
      for (place, sigma) in row.sigmas.enumerated() {
        let about = "level \(place) of \(row.steps), \(row.spacing)"
        #expect(isClose(levels[place].ratio, sigma), "\(about): \(levels[place].ratio)")
        if let timesteps = row.timesteps {
          #expect(abs(levels[place].time - timesteps[place]) < 1e-7, "\(about)")
        }
      }
    }
  }

  /// The log-SNR is −2·ln(σ/α).
  @Test func twoNamesOfOneSpacing() throws {
    let process = try NoiseProcess(DiffusionSettings())
    #expect(
      try process.levels(for: SamplingSettings(steps: 13, spacing: .logSNR))
        == process.levels(for: SamplingSettings(steps: 13, spacing: .exponential)))
  }
}
