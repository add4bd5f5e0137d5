import Values

/// What a cell's keys are set to, each of the type that its `CellKey` says.
package struct CellValues: Sendable {
  enum Value: Sendable {
    case texts([String])
    case numbers([Double])
    case boolean(Bool)
    case expression(Expression)
    case claim(Expression, [CellReference])
    case prose(InlineText)
    case settings([Parameter])
    case names([String: String])
  }

  /// Where the cell begins.
  let place: Place
  /// Names that it may use beside those that are known.
  let imported: ImportedNames
  private var values: [String: (value: Value, place: Place)] = [:]

  init(place: Place, imported: ImportedNames = .none) {
    self.place = place
    self.imported = imported
  }

  mutating func set(_ key: String, _ value: Value, at place: Place) {
    values[key] = (value, place)
  }

  func has(_ key: String) -> Bool { values[key] != nil }

  /// Where the key's value stands; where the cell does, if it has none.
  func place(_ key: String) -> Place { values[key]?.place ?? place }

  func text(_ key: String) -> String? { texts(key).first }

  /// Of a key that takes one or several; empty if it is not there.
  func texts(_ key: String) -> [String] {
    if case .texts(let texts)? = values[key]?.value { texts } else { [] }
  }

  func quantity(_ key: String, isX: Bool = false, prefersMetric: Bool = false) -> PlotQuantity? {
    text(key).flatMap {
      PlotQuantity($0, isX: isX, prefersMetric: prefersMetric, imported: imported)
    }
  }

  func number(_ key: String) -> Double? { numbers(key).first }

  func numbers(_ key: String) -> [Double] {
    if case .numbers(let numbers)? = values[key]?.value { numbers } else { [] }
  }

  func integer(_ key: String) -> Int? { integers(key).first }

  func integers(_ key: String) -> [Int] { numbers(key).map { Int($0) } }

  func boolean(_ key: String) -> Bool? {
    if case .boolean(let value)? = values[key]?.value { value } else { nil }
  }

  func expression(_ key: String) -> Expression? {
    switch values[key]?.value {
    case .expression(let expression), .claim(let expression, _): expression
    default: nil
    }
  }

  /// The values of cells that a claim names.
  func references(_ key: String) -> [CellReference] {
    switch values[key]?.value {
    case .claim(_, let references): references
    case .prose(let text): text.references
    default: []
    }
  }

  /// The values of cells that any of its keys names.
  var allReferences: [CellReference] { values.keys.sorted().flatMap { references($0) } }

  func prose(_ key: String) -> InlineText? {
    if case .prose(let text)? = values[key]?.value { text } else { nil }
  }

  /// What is shown → what to call it.
  func names(_ key: String) -> [String: String] {
    if case .names(let names)? = values[key]?.value { names } else { [:] }
  }

  func settings(_ key: String) -> [Parameter] {
    if case .settings(let settings)? = values[key]?.value { settings } else { [] }
  }
}
