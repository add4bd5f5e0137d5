import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Planning

/// Texts that were experiment files until something happened to them: read or refused, never a
/// trap, and an error always points into the text.
@Suite struct FuzzTests {
  private static let seeds =
    Template.all.map { $0.text(name: "fuzz") }
    + [
      """
      extends: []
      question: |
        a: [b
        *c &d !e
      sweep:
        method: list
        runs:
          - {training.batch: 8, "sampling.steps": 10}
          - {conditioning.kind: class, conditioning.dropout: 0.2}
        where: "(training.batch * 2 <= 1e3 or not data.flip) and sampling.sampler != 'x'"
        repeat: {training.seed: 2}
      training: {steps: 5, optimizer: {betas: [0.9, 0.99]}, clip: none, ema: ~}
      data:
        source: shapes
      """,
      """
      data: {source: gaussian, variance: .25}
      model: {architecture: exact-gaussian}
      sweep:
        zip:
          - {sampling.steps: [10, 20], sampling.eta: [0.0, 1]}
          - {sampling.seed: [1, 2, 3]}
        max_runs: 10
      sampling: {sampler: ddim}
      """,
      """
      data: {source: shapes, size: 16}
      training: {steps: 20, log_every: 2}
      sweep:
        method: random
        seed: 3
        max_runs: 4
        max_seconds: 1e3
        parameters:
          training.optimizer.lr: {log_uniform: [1e-5, 1e-2]}
          model.base_channels: {int: [8, 32], step: 8, log: true}
          training.ema: {choice: [none, 0.9]}
          training.clip: {normal: [1, 0.1]}
        when:
          training.ema == none:
            sampling.eta: {uniform: [0, 1]}
            when: {sampling.eta > 0.5: {sampling.steps: [10, 20]}}
        prune: {kind: median, metric: train/loss, after: 4, every: 2}
      sampling: {sampler: ddim}
      """,
      """
      data: {source: shapes, size: 16}
      training: {steps: 20}
      objective: {metric: eval/loss}
      sweep: {method: tpe, seed: 0, round: 2, max_runs: 6, repeat: {training.seed: 2},
        parameters: {training.batch: {int: [1, 8]}}, prune: {kind: bound, threshold: 1, metric: train/loss}}
      """,
    ]

  private static let pieces = [
    "[", "]", "{", "}", ":", ": ", ",", "- ", "? ", "\n", "\n  ", "\t", "'", "\"", "&a ", "*a", "!",
    "!!int ", "|", ">", "#", "%", "@", "`", "\\", "---\n", "...\n", "null", "~", ".nan", "-.inf",
    "1e999", "0x", "0o9", "-0", "99999999999999999999", "<<", "\u{0}", "\u{85}", "\u{2028}",
    "\u{FEFF}", "é", "🙂", "\u{202E}", "\r", "\r\n", "sweep: ", "kind: ", "none", "training.",
    "parameters: ", "((((", "not ", " and ", "==", "%0", "\"\\uD800\"", "\"\\x\"",
  ]

  private static func mutated(_ text: String, _ random: inout TestSupport.SplitMix) -> String {
    var scalars = Array(text.unicodeScalars)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let at = Int.random(in: 0...scalars.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0:
        scalars.insert(
          contentsOf: Array(pieces.randomElement(using: &random)!.unicodeScalars), at: at)
      case 1 where at < scalars.count: scalars.remove(at: at)
      case 2:
        let end = min(scalars.count, at + Int.random(in: 1...30, using: &random))
        scalars.removeSubrange(at..<end)
      case 3:
        let end = min(scalars.count, at + Int.random(in: 1...60, using: &random))
        scalars.insert(
          contentsOf: Array(scalars[at..<end]),
          at: Int.random(in: 0...scalars.count, using: &random))
      default: scalars.removeLast(Int.random(in: 0...scalars.count / 4, using: &random))
      }
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  @Test func mutatedFilesAreReadOrRefused() throws {
    var random = TestSupport.SplitMix(seed: 20)
    var sound = 0
    var refused = 0
    for round in 0..<1200 {
      let text = Self.mutated(Self.seeds[round % Self.seeds.count], &random)
      let found: [Diagnostic]
      do {
        let file = try ExperimentFile.read(path: "x.yaml", overrides: []) { asked in
          if asked == "x.yaml" { return text }
          throw ExperimentFileError(.notFound, "no such file: \(asked)")
        }
        #expect(try !Plan(file) { _ in "" }.runs.isEmpty)
        found = []
      } catch let error as ExperimentFileError {
        found = error.diagnostics
        #expect(!found.isEmpty)
      }
      sound += found.isEmpty ? 1 : 0
      refused += found.isEmpty ? 0 : 1
      for error in found {
        #expect(!error.message.isEmpty)
        #expect(
          error.place.line <= error.place.source.lines.count, "\(error) in \(text.debugDescription)"
        )
        let width = error.place.source.lines[
          min(error.place.line, error.place.source.lines.count) - 1
        ].unicodeScalars.count
        #expect(error.place.column <= width + 2, "\(error) in \(text.debugDescription)")
      }
    }
    // Both must happen often, or the mutations test nothing.
    #expect(sound > 40)
    #expect(refused > 400)
  }

  @Test func mutatedOverridesAreReadOrRefused() throws {
    let text = Template.all[2].text(name: "fuzz")
    var random = TestSupport.SplitMix(seed: 21)
    let seeds = [
      "training.steps=100", "sweep.parameters.training.precision=[fp32,bf16]",
      "training.optimizer={lr: 1e-3}", "sweep.where=training.batch > 2", "sweep=none",
    ]
    var refused = 0
    for round in 0..<400 {
      let override = Self.mutated(seeds[round % seeds.count], &random)
      let found = try errors(of: text, overrides: [override])
      refused += found.isEmpty ? 0 : 1
      for error in found { #expect(!error.description.isEmpty) }
    }
    #expect(refused > 120)
  }

  @Test func mutatedExpressionsAreReadOrRefused() {
    var random = TestSupport.SplitMix(seed: 22)
    let seed = "(training.batch * 2 <= 1e3 or not data.flip) and eval/loss - -3 % 2 != 'x'"
    var read = 0
    for _ in 0..<3000 {
      do throws(ExpressionError) {
        let expression = try Expression(Self.mutated(seed, &random))
        read += 1
        _ = try expression.holds { _ in .number(0) }
      } catch {
        #expect(error.span.start >= 0)
      }
    }
    #expect(read > 100)
  }
}
