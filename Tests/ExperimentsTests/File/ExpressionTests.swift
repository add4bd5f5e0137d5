import Testing

@testable import ExperimentFiles

@Suite struct ExpressionTests {
  private static let values: [String: ExpressionValue] = [
    "training.batch": .number(64), "model.base_channels": .number(32),
    "training.precision": .text("bf16"), "data.flip": .boolean(true),
    "training.ema": .none, "eval/loss": .number(0.25),
    "sampling.seed": .integer(9_007_199_254_740_993),
  ]

  private func holds(_ text: String) throws -> Bool {
    try Expression(text).holds { Self.values[$0] ?? .none }
  }

  @Test(arguments: [
    "model.base_channels * training.batch <= 8192",
    "training.batch == 64 and training.precision == 'bf16'",
    "training.precision != \"fp32\"",
    "1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "7 - 2 - 1 == 4", "8 / 4 / 2 == 1", "7 % 4 == 3",
    "-training.batch < 0", "2 - -2 == 4", "1e-3 == .001",
    "true or false and false", "not false", "not (true and false)", "not 1 > 2",
    "data.flip", "data.flip == true",
    "training.ema == none", "not training.ema > 0.5", "not training.ema <= 0.5",
    "training.ema != 1", "unknown.name == null",
    "eval/loss < 0.3", "training.batch/2 == 32", "eval/loss / 2 == 0.125",
    "'a' < 'b'", "true or 1 / 0 == 1", "not (false and 1 / 0 == 1)",
  ])
  func true_(text: String) throws {
    #expect(try holds(text))
  }

  /// 2⁵³ + 1, which no `Double` holds.
  @Test(arguments: [
    "sampling.seed == 9007199254740993", "sampling.seed != 9007199254740992",
    "9007199254740993 == sampling.seed", "-sampling.seed == -9007199254740993",
    "sampling.seed > 9007199254740992", "sampling.seed < 9007199254740994",
    "9007199254740992 < sampling.seed", "not sampling.seed < 9007199254740993",
    "sampling.seed >= 9007199254740993", "sampling.seed < 9007199254740995",
    "sampling.seed < 1e300", "sampling.seed > 0.5", "sampling.seed / 9007199254740993 == 1",
    "training.batch < 9007199254740993", "9223372036854775807 > 9223372036854775806",
  ])
  func integersBeyondDoubles(text: String) throws {
    #expect(try holds(text))
    try Expression(text).check(names: { _ in .number }, candidates: [])
  }

  @Test(arguments: [
    ("", 0, "the expression is empty"), ("1 +", 3, "the expression ends where a value is expected"),
    ("1 2", 2, "an operator is expected here"), ("(1", 0, "this bracket is not closed"),
    ("1)", 1, "there is no bracket that this one closes"),
    ("1 < 2 < 3", 6, "comparisons cannot be chained"), ("a = 1", 2, "'=' has no meaning here"),
    ("a && b", 2, "'&&' is not an operator"),
    ("'abc", 0, "the text that begins here has no closing quote"),
    ("a == $", 5, "'$' has no meaning here"), ("and", 0, "a value is expected here, not 'and'"),
    ("min(1)", 4, "'min' takes a metric"), ("median('a/b')", 0, "there is no function 'median'"),
    ("count(train/loss)", 6, "'count' counts runs"), ("min('a/b'", 0, "this bracket is not closed"),
    ("min('a/b' and 1)", 10, "')' or 'where' is expected here"),
    ("count(runs where )", 17, "a value is expected here, not ')'"),
    ("2x", 0, "a number cannot run into 'x'"),
    ("1e999", 0, "the number is out of range"),
    ("a or * b", 5, "a value is expected here, not '*'"),
  ])
  func malformed(text: String, place: Int, message: String) {
    do throws(ExpressionError) {
      _ = try Expression(text)
      Issue.record("was read")
    } catch {
      #expect(error.message == message)
      #expect(error.span.start == place)
    }
  }

  @Test(arguments: [
    ("training.bach > 1", 0, "there is no parameter 'training.bach'"),
    ("training.batch", 0, "a condition is true or false, and this is a number"),
    ("training.precision > 1", 0, "'>' expects a number, and this is text"),
    ("training.batch == 'x'", 15, "a number is never equal to text"),
    ("training.precision == 'bf61'", 22, "it is never 'bf61', only fp32 or bf16"),
    ("'bf61' == training.precision", 0, "it is never 'bf61', only fp32 or bf16"),
    ("not training.batch", 4, "'not' expects true or false, and this is a number"),
    ("data.flip and training.batch", 14, "'and' expects true or false, and this is a number"),
    ("min('train/loss') < 1", 0, "there are no functions here"),
    (
      "training.batch contains 'a'", 0, "'contains' searches for text in text, and this is a number"
    ),
    ("training.batch + 'a' == 1", 17, "'+' expects a number, and this is text"),
  ])
  func mistyped(text: String, place: Int, message: String) throws {
    let expression = try Expression(text)
    let types: [String: Expression.NameType] = [
      "training.batch": .number, "training.precision": .text(["fp32", "bf16"]),
      "data.flip": .boolean,
    ]
    do throws(ExpressionError) {
      try expression.check(names: { types[$0] }, candidates: Array(types.keys))
      Issue.record("passed")
    } catch {
      #expect(error.message == message)
      #expect(error.span.start == place)
    }
  }

  @Test func atRunTimeToo() throws {
    #expect(throws: ExpressionError.self) { try holds("training.batch % 0 == 1") }
    #expect(throws: ExpressionError.self) { try holds("training.batch") }
    #expect(throws: ExpressionError.self) { try holds("training.precision < 3") }
    #expect(throws: ExpressionError.self) { try holds("data.flip + 1 == 2") }
  }

  @Test func namesAreListedOnce() throws {
    let expression = try Expression("a.b > 1 and eval/loss < a.b and c")
    #expect(expression.names == ["a.b", "eval/loss", "c"])
  }

  @Test func depthAndLengthAreBounded() throws {
    let deep = String(repeating: "(", count: 64) + "true" + String(repeating: ")", count: 64)
    #expect(try holds(deep))
    #expect(throws: ExpressionError.self) { try Expression("(" + deep + ")") }
    #expect(throws: ExpressionError.self) {
      try Expression(String(repeating: "not ", count: 100) + "true")
    }
    #expect(throws: ExpressionError.self) {
      try Expression(String(repeating: "-", count: 100) + "1 < 2")
    }
    // Long chains are loops, not depth.
    #expect(try holds(Array(repeating: "1", count: 1000).joined(separator: "+") + " == 1000"))
    #expect(throws: ExpressionError.self) {
      try Expression(String(repeating: " ", count: 4097) + "true")
    }
  }
}
