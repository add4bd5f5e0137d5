/// Something outside of a run's settings that they name: which content it had when the run was planned.
public struct RunInput: Sendable, Hashable, Codable {
  /// `data`, `held_out`, or the key that names it.
  public var name: String
  /// SHA-256 of the content, 64 hexadecimal digits.
  public var sha256: String
  /// The run of the store that the setting means, by its id; nil where it means something else.
  public var run: String?
  /// In words.
  public var text: String

  public init(name: String, sha256: String, run: String? = nil, text: String) {
    self.name = name
    self.sha256 = sha256
    self.run = run
    self.text = text
  }

  /// `sha256`, as people see it.
  public var shortHash: String { String(sha256.prefix(ShortID.minimumLength)) }
}

/// A run of before whose id does not follow from the content of what it names, and of which that content is known all
/// the same.
public struct EarlierRun: Sendable, Hashable {
  public var id: String
  /// What its `trainKey` is with that content.
  public var trainKey: String
  public var input: RunInput
}
