import Diffusion
import Testing

@Suite struct TimestepSpacingTests {
  typealias Spacing = SamplingSettings.Spacing

  @Test func fiftyOfAThousand() throws {
    // round(i·999/49): Goldens/make_tables.py prints all of them.
    #expect(
      try Spacing.linspace.timesteps(50, of: 1000) == [
        0, 20, 41, 61, 82, 102, 122, 143, 163, 183, 204, 224, 245, 265, 285, 306, 326, 347, 367,
        387, 408, 428, 449, 469, 489, 510, 530, 550, 571, 591, 612, 632, 652, 673, 693, 714, 734,
        754, 775, 795, 816, 836, 856, 877, 897, 917, 938, 958, 979, 999,
      ])
    #expect(try Spacing.trailing.timesteps(50, of: 1000) == (1...50).map { 20 * $0 - 1 })
    #expect(try Spacing.leading.timesteps(50, of: 1000) == (0..<50).map { 20 * $0 })
  }

  @Test func halvesGoToEven() throws {
    // 0, 4.5, 9 and 0, 3.5, 7; then 10, 7.5, 5, 2.5 less 1.
    #expect(try Spacing.linspace.timesteps(3, of: 10) == [0, 4, 9])
    #expect(try Spacing.linspace.timesteps(3, of: 8) == [0, 4, 7])
    #expect(try Spacing.trailing.timesteps(4, of: 10) == [1, 4, 7, 9])
  }

  @Test func whereItDoesNotDivide() throws {
    // 10, 6.67, 3.33 less 1; steps of ⌊10/3⌋.
    #expect(try Spacing.trailing.timesteps(3, of: 10) == [2, 6, 9])
    #expect(try Spacing.leading.timesteps(3, of: 10) == [0, 3, 6])
  }

  @Test(arguments: Spacing.allCases) func everyCountGivesAGrid(spacing: Spacing) throws {
    for total in 1...40 {
      #expect(try spacing.timesteps(1, of: total) == [total - 1])
      #expect(try spacing.timesteps(total, of: total) == Array(0..<total))
      for n in 1...total {
        let grid = try spacing.timesteps(n, of: total)
        #expect(grid.count == n)
        #expect(grid.allSatisfy { (0..<total).contains($0) })
        #expect(zip(grid, grid.dropFirst()).allSatisfy(<))
      }
    }
  }

  @Test(arguments: Spacing.allCases) func tooFewAndTooManyAreRefused(spacing: Spacing) {
    for n in [0, -1, 11] {
      let error = #expect(throws: DiffusionError.self) { try spacing.timesteps(n, of: 10) }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains("sampling.steps is \(n)") == true)
    }
  }
}
