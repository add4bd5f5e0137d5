import Foundation
import Store
import StoreTestSupport
import TestSupport
import Testing

@testable import Workbench

/// `watch` and `run --watch` on a terminal.
@Suite struct WatchVerbTests {
  private func withStore(_ body: (_ environment: [String: String]) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try seedDemoStore(folder: folder, incidents: true)
      try body(["WORKBENCH_STORE": folder])
    }
  }

  /// The terminal as it was: its own screen, a cursor, lines that wrap.
  private func expectRestored(
    _ process: TerminalProcess, _ screen: VirtualTerminal,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(screen.modes == ["?7", "?25"], sourceLocation: sourceLocation)
    #expect(screen.findings.isEmpty, sourceLocation: sourceLocation)
    #expect(process.isAsBefore, sourceLocation: sourceLocation)
  }

  @Test func keysLeadThroughAStore() throws {
    try withStore { environment in
      let process = try TerminalProcess(["watch"], environment: environment)
      var screen = process.wait(for: "the list") {
        $0.text.contains("demo") && $0.text.contains("train/loss")
      }
      #expect(screen.modes.contains("?1049") && !screen.modes.contains("?25"))
      #expect(screen.text.contains("Does a cosine schedule beat a linear one"))
      #expect(screen.text.contains("1 failed") && !process.isAsBefore)
      process.type("\r")
      screen = process.wait(for: "the settings") { $0.text.contains("linear · fp32") }
      // Means with intervals and numbers of seeds, as reports have them; the best is said above.
      #expect(screen.text.contains(/cosine · fp32 +8\.\d+ ± \d\.\d+ \(3\)/))
      #expect(screen.text.contains("Best so far: "))
      process.type("\u{1B}[B\r")
      screen = process.wait(for: "runs of a setting") { $0.text.contains("precision=bf16,seed=0") }
      process.type("j\r")
      process.wait(for: "a run") { $0.text.contains("finished · step 200 of 200 · seed 0") }
      process.type("m")
      process.wait(for: "another metric") { $0.text.contains("─ eval/frechet_pca64") }
      process.type("\u{1B}")
      process.wait(for: "the settings again") { $0.text.contains("linear · fp32") }
      process.type("/state == 'failed'\r")
      screen = process.wait(for: "those that failed") { $0.text.contains("1 of 12 runs") }
      #expect(!screen.text.contains("linear · fp32"))
      process.type("/\u{15}no such\r")
      process.wait(for: "what is wrong with it") { $0.text.contains("expected here") }
      process.type("\u{1B}")
      process.wait(for: "the keys again") { $0.text.contains("q quit") }
      process.type("q")
      let end = process.end()
      #expect(end.code == 0)
      expectRestored(process, end.screen)
    }
  }

  /// However it ends, and wherever it is stopped.
  @Test func theTerminalIsLeftAsItWas() throws {
    try withStore { environment in
      for (signal, code) in [(SIGINT, 130), (SIGTERM, 130), (SIGHUP, 129)] {
        let process = try TerminalProcess(["watch", "demo"], environment: environment)
        process.wait(for: "the settings") { $0.text.contains("linear · fp32") }
        process.send(signal)
        let end = process.end()
        #expect(end.code == (signal == SIGTERM ? 143 : code))
        expectRestored(process, end.screen)
      }
      let process = try TerminalProcess(["watch", "demo"], environment: environment)
      process.wait(for: "the settings") { $0.text.contains("linear · fp32") }
      process.send(SIGTSTP)
      process.wait(for: "the shell's screen and this one again") {
        $0.received.contains(/\x1B\[\?1049l[\s\S]*\x1B\[\?1049h/)
          && $0.text.contains("linear · fp32")
      }
      process.type("\u{03}")
      let end = process.end()
      #expect(end.code == 130)
      expectRestored(process, end.screen)
    }
  }

  /// What the terminal answers is no key, and changes how pictures are drawn.
  @Test func theTerminalIsAsked() throws {
    try withStore { environment in
      let process = try TerminalProcess(["watch", "demo"], environment: environment)
      process.wait(for: "a question") { $0.received.contains("\u{1B}[c") }
      process.type(
        "\u{1B}[6;20;10t\u{1B}]11;rgb:0000/0000/0000\u{1B}\\\u{1B}_Gi=31;OK\u{1B}\\\u{1B}[?62;4c")
      let screen = process.wait(for: "a picture") { $0.kitty.contains { $0.contains("a=T") } }
      #expect(screen.text.contains("linear · fp32"))
      process.type("q")
      let end = process.end()
      // No picture stays in the terminal's memory.
      #expect(end.screen.kitty.last?.contains("a=d,d=I") == true)
      expectRestored(process, end.screen)
    }
  }

  @Test func smallTerminalsAreDrawnToo() throws {
    try withStore { environment in
      for (width, height) in [(20, 5), (1, 1), (40, 12)] {
        let process = try TerminalProcess(
          ["watch", "demo"], environment: environment, width: width, height: height)
        process.wait(for: "a screen") { $0.received.contains("\u{1B}[c") }
        process.type("m?\u{1B}[B\r")
        process.type("q")
        process.type("q")
        let end = process.end()
        #expect(end.code == 0, "\(width)×\(height)")
        expectRestored(process, end.screen)
      }
      let process = try TerminalProcess(["watch", "demo"], environment: environment)
      process.wait(for: "the settings") { $0.text.contains("linear · fp32") }
      process.resize(width: 60, height: 20)
      process.wait(for: "another screen") { $0.received.matches(of: /\x1B\[2J/).count >= 2 }
      process.type("q")
      #expect(process.end().code == 0)
    }
  }

  @Test func withoutATerminalItIsText() throws {
    try withStore { environment in
      let place = try Workplace()
      let ending = try place.start(["watch", "demo"], environment: environment).wait()
      #expect(ending.code == 0 && ending.errors.isEmpty)
      #expect(!ending.output.contains("\u{1B}") && ending.output.contains("linear · fp32"))
      #expect(ending.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
      let list = try place.start(["watch"], environment: environment).wait()
      #expect(list.code == 0 && list.output.contains("10/12"))
      let unknown = try place.start(["watch", "dmo"], environment: environment).wait()
      #expect(
        try unknown.errors == place.start(["runs", "dmo"], environment: environment).wait().errors)
      #expect(unknown.code == 66)
    }
    let place = try Workplace()
    let none = try place.start(["watch"]).wait()
    #expect(none.code == 66)
    #expect(try none.errors == place.start(["runs"]).wait().errors)
    #expect(try place.start(["watch", "--pictures", "x"]).wait().code == 64)
  }

  /// What comes while one looks is drawn.
  @Test func whatIsNewIsDrawn() throws {
    let place = try Workplace()
    try place.run()
    let process = try TerminalProcess(
      ["watch", "tiny"], environment: ["WORKBENCH_STORE": place.storeFolder])
    process.wait(for: "the run") { $0.text.contains("1 of 1 runs") }
    try place.run("training.seed=5")
    process.wait(for: "the other run") { $0.text.contains("seed=5") || $0.text.contains("2 runs") }
    process.type("q")
    #expect(process.end().code == 0)
  }

  @Test func runDrawsBelowItsProgress() throws {
    let place = try Workplace(
      "training: {steps: 4000, batch: 8, log_every: 5}\nsampling: {every: 200}\n")
    let process = try TerminalProcess(
      ["run", place.file, "-o", place.reports, "--watch"],
      environment: ["WORKBENCH_STORE": place.storeFolder])
    let screen = process.wait(for: "a curve and samples") {
      $0.text.contains("─ train/loss") && $0.text.contains("▀▀▀▀")
    }
    #expect(screen.lines.contains { $0.contains("/4000") || $0.contains("sampling") })
    let end = process.end()
    #expect(end.code == 0)
    // Nothing of it stays.
    #expect(!end.screen.text.contains("▀") && end.screen.text.contains("✓ "))
    expectRestored(process, end.screen)
  }

  @Test func runWithoutATerminalSaysSo() throws {
    let place = try Workplace()
    let ending = try place.run("--watch")
    #expect(ending.errors.contains("--watch draws on a terminal"))
    #expect(!ending.errors.contains("\u{1B}"))
  }
}
