import Testing

@testable import Analysis
@testable import Values

@Suite struct SeedGroupsTests {
  private func groups(_ runs: [(setting: Int, seed: String)]) -> SeedGroups {
    SeedGroups(settings: runs.map { [ParameterValue.integer($0.setting)] }, seeds: runs.map(\.seed))
  }

  @Test func aRunASeedStaysAsItIs() {
    let groups = groups([(1, "0"), (1, "2"), (1, "1")])
    #expect(groups.means([0.1, .nan, -0.3]).map(\.description) == ["0.1", "nan", "-0.3"])
    #expect(groups.leftOut == 0 && !groups.isPatchy && !groups.averages)
    #expect(SeedGroups(settings: [], seeds: []).means([]).isEmpty)
    #expect(!SeedGroups(settings: [], seeds: []).isPatchy)
  }

  /// A setting that was run twice with a seed counts once.
  @Test func everySettingCountsTheSame() {
    let groups = groups([(1, "a"), (1, "a"), (2, "a"), (2, "b"), (1, "b")])
    #expect(groups.seeds == [[[0, 1], [2]], [[4], [3]]])
    #expect(groups.means([1, 3, 10, 20, 30]) == [6, 25])
    #expect(groups.averages && groups.leftOut == 0)
  }

  @Test func seedsThatLackASetting() {
    let some = groups([(1, "a"), (2, "a"), (1, "b")])
    #expect(some.means([1, 2, 9]) == [1.5] && some.leftOut == 1 && !some.isPatchy)
    let none = groups([(1, "a"), (2, "b"), (3, "b")])
    #expect(none.means([1, 2, 4]) == [1, 3] && none.leftOut == 0 && none.isPatchy)
  }
}
