import Foundation
package import Kernels
package import Testing

/// The instruction sets that a machine is expected to have, by the names of `KernelSet`. Tests go through those it has: so
/// that none is left out unnoticed, `EXPECTED_KERNELS` names those it should have, separated by spaces.
package struct InstructionSets: Sendable {
  package var expected: [String]

  /// - Parameter text: the variable's value; nil or nothing at all expects nothing.
  package init(expected text: String?) {
    expected = (text ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
  }

  package static let ofThisMachine = InstructionSets(
    expected: ProcessInfo.processInfo.environment["EXPECTED_KERNELS"])

  /// What is wrong where these sets are available: names that no set has, and sets that are missing.
  package func problems(available: [String]) -> [String] {
    let names = KernelSet.all.map(\.name)
    return expected.filter { !available.contains($0) }.map { name in
      names.contains(name)
        ? "EXPECTED_KERNELS names \(name), which this machine does not run"
        : "EXPECTED_KERNELS names '\(name)', which is no instruction set; there are "
          + names.joined(separator: ", ")
    }
  }
}

extension KernelSet {
  /// The sets that a test goes through: all that this machine runs. Fails the test if one is missing that is expected.
  package static func underTest(sourceLocation: SourceLocation = #_sourceLocation) -> [KernelSet] {
    let sets = available
    for problem in InstructionSets.ofThisMachine.problems(available: sets.map(\.description)) {
      Issue.record("\(problem)", sourceLocation: sourceLocation)
    }
    return sets
  }

  /// The same, each with and without Winograd's algorithm.
  package static func underTestBothWays(
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> [KernelSet] {
    underTest(sourceLocation: sourceLocation).flatMap { [$0, $0.withoutWinograd] }
  }

  package var label: String { usesWinograd ? "\(self)" : "\(self) without Winograd" }
}
