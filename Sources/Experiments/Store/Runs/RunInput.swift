package import Values

/// Something outside of a run's settings that they name: which content it had when the run was planned.
package struct RunInput: Sendable, Hashable, Codable {
  /// `data`, `held_out`, or the key that names it.
  package var name: String
  /// SHA-256 of the content, 64 hexadecimal digits.
  package var sha256: String
  /// The run of the store that the setting means, by its id; nil where it means something else.
  package var run: String?
  /// In words.
  package var text: String

  package init(name: String, sha256: String, run: String? = nil, text: String) {
    self.name = name
    self.sha256 = sha256
    self.run = run
    self.text = text
  }

  /// `sha256`, as people see it.
  package var shortHash: String { String(sha256.prefix(ShortID.minimumLength)) }
}

/// An earlier run whose id does not follow from the content of what it names, and of which that content is known all
/// the same.
package struct EarlierRun: Sendable, Hashable {
  package var id: String
  /// What its `trainKey` is with that content.
  package var trainKey: String
  package var input: RunInput

  package init(
    id: String, trainKey: String, input: RunInput
  ) {
    self.id = id
    self.trainKey = trainKey
    self.input = input
  }
}

extension [RunInput] {
  package func content(of input: NamedInput) -> RunInput? { first { $0.name == input.name } }
}
