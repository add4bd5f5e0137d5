/// The header of a `.npy` file: a Python dictionary of three keys in plain text.
struct NPYHeader {
  let type: NumberType
  let isBigEndian: Bool
  let isFortran: Bool
  let shape: [Int]

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let mostBytes = 1 << 16

  /// Leaves `file` at the first number.
  /// - Throws: `badInput`, `inputOutput`.
  init(_ file: some ByteSource) throws(DiffusionError) {
    let path = file.path
    guard try file.read(6, "the magic string") == Self.magic else {
      throw DiffusionError(.badInput, "\(path): not a .npy file: it does not begin with \\x93NUMPY")
    }
    let version = try file.read(2, "the version")
    guard (1...3).contains(version[0]) else {
      throw DiffusionError(
        .badInput, "\(path): .npy version \(version[0]).\(version[1]), expected 1, 2 or 3")
    }
    let length = try file.read(version[0] == 1 ? 2 : 4, "the header's length")
      .reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= Self.mostBytes else {
      throw DiffusionError(
        .badInput, "\(path): a header of \(length) bytes, expected at most \(Self.mostBytes)")
    }
    let text = String(decoding: try file.read(length, "the header"), as: UTF8.self)
    guard let fields = Self.fields(text) else {
      throw DiffusionError(
        .badInput,
        "\(path): its header is \(text.prefix(200).debugDescription), expected a dictionary of descr, "
          + "fortran_order and shape")
    }
    guard let (type, isBigEndian) = Self.numbers(fields.type) else {
      let what = fields.type.contains("O") ? "Python objects" : "no numbers that can be read"
      throw DiffusionError(
        .badInput,
        "\(path): holds \(what) (type \(fields.type.debugDescription)), expected bool, integers of 8 to "
          + "64 bits, or float16, float32 or float64")
    }
    (self.type, self.isBigEndian) = (type, isBigEndian)
    isFortran = fields.isFortran
    shape = fields.shape
  }

  /// `<f4` and the like; nil: none of them.
  private static func numbers(_ descr: String) -> (type: NumberType, isBigEndian: Bool)? {
    var text = Substring(descr)
    var isBigEndian = false
    if let order = text.first, "<>|=".contains(order) {
      isBigEndian = order == ">"
      text = text.dropFirst()
    }
    let types: [Substring: NumberType] = [
      "b1": .bool, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "i1": .int8,
      "i2": .int16, "i4": .int32, "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
    ]
    return types[text].map { ($0, isBigEndian) }
  }

  /// nil: not a dictionary of exactly these three keys.
  private static func fields(
    _ text: String
  ) -> (type: String, isFortran: Bool, shape: [Int])? {
    var scanner = PythonScanner(text)
    var (type, isFortran, shape): (String?, Bool?, [Int]?)
    guard scanner.take("{") else { return nil }
    while !scanner.take("}") {
      guard let key = scanner.string(), scanner.take(":") else { return nil }
      switch key {
      case "descr" where type == nil:
        guard let value = scanner.string() else { return nil }
        type = value
      case "fortran_order" where isFortran == nil:
        if scanner.take("True") {
          isFortran = true
        } else if scanner.take("False") {
          isFortran = false
        } else {
          return nil
        }
      case "shape" where shape == nil:
        guard let value = scanner.tuple() else { return nil }
        shape = value
      default:
        return nil
      }
      guard scanner.take(",") || scanner.isAt("}") else { return nil }
    }
    guard scanner.isAtEnd, let type, let isFortran, let shape else { return nil }
    return (type, isFortran, shape)
  }
}

/// Reads the few literals of Python that a `.npy` header is made of.
private struct PythonScanner {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = Substring(text).utf8
    skipBlanks()
  }

  var isAtEnd: Bool { rest.isEmpty }

  func isAt(_ token: String) -> Bool {
    rest.starts(with: token.utf8)
  }

  mutating func take(_ token: String) -> Bool {
    guard isAt(token) else { return false }
    rest = rest.dropFirst(token.utf8.count)
    skipBlanks()
    return true
  }

  mutating func string() -> String? {
    guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      return nil
    }
    let body = rest.dropFirst()
    guard let end = body.firstIndex(of: quote) else { return nil }
    let text = String(Substring(body[..<end]))
    rest = body[body.index(after: end)...]
    skipBlanks()
    return text
  }

  mutating func tuple() -> [Int]? {
    var numbers: [Int] = []
    guard take("(") else { return nil }
    while !take(")") {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let number = Int(String(Substring(digits))) else { return nil }
      numbers.append(number)
      rest = rest.dropFirst(digits.count)
      skipBlanks()
      guard take(",") || isAt(")") else { return nil }
    }
    return numbers
  }

  private mutating func skipBlanks() {
    rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
  }
}
