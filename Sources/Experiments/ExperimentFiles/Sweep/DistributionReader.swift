internal import Search
import Text
import Values

/// Reads what a parameter is drawn from: `{log_uniform: [1e-5, 1e-3]}`.
enum DistributionReader {
  enum Result {
    case drawn(Distribution)
    /// A list of values, each alike; the caller reads it.
    case choice(SourceNode)
  }

  private static let kinds = ["uniform", "log_uniform", "normal", "int", "choice"]

  static func read(
    _ node: SourceNode, _ definition: KeyDefinition, into errors: inout Diagnostics
  ) -> Result? {
    let entries = node.entries ?? []
    let named = entries.filter { kinds.contains($0.key) }
    for entry in entries where !kinds.contains(entry.key) && !["step", "log"].contains(entry.key) {
      errors.error(
        "there is no distribution \(quoted(entry.key))", at: entry.keyPlace,
        hint: Suggestion.hint(for: entry.key, among: kinds) ?? "there are \(alternatives(kinds))")
      return nil
    }
    guard let entry = named.first, named.count == 1 else {
      errors.error(
        "'\(definition.path)' expects one distribution, not \(named.isEmpty ? "none" : "\(named.count)")",
        at: named.last?.keyPlace ?? node.place,
        hint: "for instance \(example(definition))")
      return nil
    }
    for other in entries where entry.key != "int" && other.key != entry.key {
      errors.error("'\(other.key)' belongs to int, not to \(entry.key)", at: other.keyPlace)
      return nil
    }
    if entry.key == "choice" { return .choice(entry.value) }
    guard fits(entry, definition, into: &errors) else { return nil }
    guard let bounds = entry.value.items, bounds.count == 2 else {
      errors.error(
        "'\(entry.key)' expects two numbers, not "
          + (entry.value.items.map { "\($0.count)" } ?? entry.value.kindName),
        at: entry.value.place,
        hint: entry.key == "normal" ? "mean and standard deviation" : "lowest and highest value")
      return nil
    }
    switch entry.key {
    case "normal": return normal(bounds, definition, into: &errors).map(Result.drawn)
    case "int": return integer(entries, bounds, definition, into: &errors).map(Result.drawn)
    default:
      return range(entry, bounds, definition, into: &errors).map(Result.drawn)
    }
  }

  private static func example(_ definition: KeyDefinition) -> String {
    switch definition.type {
    case .integer: "{int: [1, 8]}"
    case .number: "{log_uniform: [1.0e-5, 1.0e-3]}"
    default: "{choice: […]}"
    }
  }

  /// Whether the key's values are of the distribution's kind.
  private static func fits(
    _ entry: SourceNode.Entry, _ definition: KeyDefinition, into errors: inout Diagnostics
  ) -> Bool {
    switch (definition.type, entry.key) {
    case (.integer, "int"), (.number, "uniform"), (.number, "log_uniform"), (.number, "normal"):
      return true
    case (.integer, _):
      errors.error(
        "'\(definition.path)' is a whole number, which '\(entry.key)' does not sample",
        at: entry.keyPlace,
        hint: entry.key == "log_uniform" ? "write {int: […, …], log: true}" : "write int")
    case (.number, _):
      errors.error(
        "'\(definition.path)' is a number, but 'int' samples whole ones", at: entry.keyPlace,
        hint: "write uniform or log_uniform")
    default:
      errors.error(
        "'\(definition.path)' is not numeric, so it cannot be sampled", at: entry.keyPlace,
        hint: "list its values, or write {choice: […]}")
    }
    return false
  }

  private static func range(
    _ entry: SourceNode.Entry, _ bounds: [SourceNode], _ definition: KeyDefinition,
    into errors: inout Diagnostics
  ) -> Distribution? {
    let numbers = bounds.compactMap { definition.read($0, into: &errors)?.number }
    guard numbers.count == 2 else { return nil }
    guard numbers[0] < numbers[1], (numbers[1] - numbers[0]).isFinite else {
      errors.error(
        "the range ends at \(numbers[1].canonical), and begins at \(numbers[0].canonical)",
        at: bounds[1].place, hint: "the lower number first")
      return nil
    }
    guard entry.key == "log_uniform" else { return .uniform(numbers[0], numbers[1]) }
    guard numbers[0] > 0 else {
      errors.error(
        "a logarithm needs numbers above 0, not \(numbers[0].canonical)", at: bounds[0].place)
      return nil
    }
    return .logUniform(numbers[0], numbers[1])
  }

  private static func normal(
    _ bounds: [SourceNode], _ definition: KeyDefinition, into errors: inout Diagnostics
  ) -> Distribution? {
    let deviation = KeyDefinition(
      "standard deviation", .number(.above(0)), .required, .plan, "")
    guard let mean = definition.read(bounds[0], into: &errors)?.number,
      let deviation = deviation.read(bounds[1], into: &errors)?.number,
      case .number(let range) = definition.type
    else { return nil }
    // Drawn numbers are rounded to a thousandth of the deviation: they shall not meet an open end.
    let unit = deviation / 1000
    let lower = range.includesLower ? range.lower : range.lower + unit
    let upper = range.includesUpper ? range.upper : range.upper - unit
    guard lower < upper else {
      errors.error(
        "'\(definition.path)' must be \(range.words), which is narrower than the distribution",
        at: bounds[1].place)
      return nil
    }
    return .normal(mean: mean, deviation: deviation, lower: lower, upper: upper)
  }

  private static func integer(
    _ entries: [SourceNode.Entry], _ bounds: [SourceNode], _ definition: KeyDefinition,
    into errors: inout Diagnostics
  ) -> Distribution? {
    guard case .integer(let range, let multiple) = definition.type else { return nil }
    let numbers = bounds.compactMap { definition.read($0, into: &errors)?.integer }
    guard numbers.count == 2 else { return nil }
    var step = multiple
    var isLog = false
    for entry in entries {
      switch entry.key {
      case "step":
        let key = KeyDefinition(
          "step", .integer(multiple...max(multiple, range.upperBound), multipleOf: multiple),
          .required, .plan, "")
        guard case .integer(let value)? = key.read(entry.value, into: &errors) else { return nil }
        step = value
      case "log":
        let key = KeyDefinition("log", .boolean, .required, .plan, "")
        guard case .boolean(let value)? = key.read(entry.value, into: &errors) else { return nil }
        isLog = value
      default: break
      }
    }
    // Beyond this a Double does not hold every whole number.
    guard numbers[0] < numbers[1], numbers[1] <= 1 << 53 else {
      errors.error(
        "the range ends at \(numbers[1]), and begins at \(numbers[0])", at: bounds[1].place,
        hint: numbers[1] > 1 << 53 ? "at most 2^53" : "the lower number first")
      return nil
    }
    guard (numbers[1] - numbers[0]) % step == 0 else {
      errors.error(
        "steps of \(step) from \(numbers[0]) do not meet \(numbers[1])", at: bounds[1].place,
        hint: "for instance \(numbers[1] - (numbers[1] - numbers[0]) % step)")
      return nil
    }
    guard !isLog || 2 * numbers[0] > step else {
      errors.error(
        "a logarithm needs a lowest value above half a step, not \(numbers[0])",
        at: bounds[0].place)
      return nil
    }
    return .integer(numbers[0], numbers[1], step: step, log: isLog)
  }
}
