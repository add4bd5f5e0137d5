import Kernels
import TestSupport
import Testing

@Suite struct InstructionSetTests {
  @Test func thisMachineRunsWhatIsExpectedOfIt() {
    let sets = KernelSet.underTest()
    #expect(sets.first == .best)
    #expect(sets.last?.description == "portable")
  }

  @Test func namesAreSeparatedBySpaces() {
    #expect(InstructionSets(expected: nil).expected == [])
    #expect(InstructionSets(expected: " ").expected == [])
    #expect(InstructionSets(expected: "avx2 portable\n").expected == ["avx2", "portable"])
  }

  @Test func whatIsMissingIsNamed() {
    let sets = InstructionSets(expected: "avx512 avx2 portable")
    #expect(sets.problems(available: ["avx512", "avx2", "portable"]) == [])
    #expect(
      sets.problems(available: ["avx2", "portable"])
        == ["EXPECTED_KERNELS names avx512, which this machine does not run"])
  }

  @Test func aNameThatNoSetHasIsAMistake() {
    #expect(
      InstructionSets(expected: "avx512f").problems(available: KernelSet.all.map(\.name))
        == [
          "EXPECTED_KERNELS names 'avx512f', which is no instruction set; "
            + "there are avx512bf16, avx512, avx2, portable"
        ])
  }
}
