import Store
import Values

/// What the HPARAMS tab has a column for. A column has one type, since TensorBoard sorts and filters
/// by values as they are: text among numbers ends either in an error.
struct HyperparameterColumns {
  struct Column {
    var path: String
    var type: HyperparameterType
    var domain: Domain
  }

  /// What the tab offers to filter by.
  enum Domain {
    /// A box to tick for each value.
    case values([ProtobufMessage])
    /// The least and the greatest.
    case interval(Double, Double)
  }

  /// From this many numbers on, as sweeps sample them, a range is offered.
  private static let many = 12

  let all: [Column]

  init(paths: [String], runs: [RunSummary]) {
    all = paths.map { path in
      let values = runs.compactMap { $0.parameters[path] }
      let type = HyperparameterType(values)
      let domain = distinct(values.compactMap(type.value))
      let numbers = values.compactMap(\.number).filter(\.isFinite)
      if type == .float64, domain.count >= Self.many, let least = numbers.min(),
        let most = numbers.max()
      {
        return Column(path: path, type: type, domain: .interval(least, most))
      }
      return Column(path: path, type: type, domain: .values(domain))
    }
  }
}

/// `DataType` of api.proto.
enum HyperparameterType: Int {
  case string = 1
  case bool = 2
  case float64 = 3

  /// That of values among which `none` may be.
  init(_ values: [ParameterValue]) {
    let set = values.filter { $0 != .null }
    func isBoolean(_ value: ParameterValue) -> Bool {
      if case .boolean = value { true } else { false }
    }
    if set.isEmpty {
      self = .string
    } else if set.allSatisfy({ $0.number != nil }) {
      self = .float64
    } else {
      self = set.allSatisfy(isBoolean) ? .bool : .string
    }
  }

  /// `google.protobuf.Value`; nil for `none` beside numbers or truth values, which a run then has
  /// no value for.
  func value(_ value: ParameterValue) -> ProtobufMessage? {
    switch self {
    case .float64: return value.number.map { .double(2, $0) }
    case .bool:
      guard case .boolean(let flag) = value else { return nil }
      return .integer(4, flag ? 1 : 0)
    case .string: return .text(3, value.text)
    }
  }
}
