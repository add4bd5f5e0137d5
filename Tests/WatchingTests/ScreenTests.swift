import Images
import Statistics
import Store
import StoreTestSupport
import TestSupport
import Testing
import Text
import Values
import Watching

/// Screens as a terminal shows them.
@Suite struct ScreenTests {
  private func data(_ store: RunStore, _ state: WatchState) throws -> WatchData {
    let reader = WatchReader(store: store)
    var data = WatchData()
    for part in WatchReader.Part.allCases { try reader.read(part, state, into: &data) }
    return data
  }

  /// Names that would move a cursor, recolour, turn the direction, pile up marks, or take more room than they seem to.
  static let hostile: [String] = {
    let parts = [
      "red\u{1B}[31m", "home\u{1B}[H", "\u{9B}2J", "\u{1B}]0;title\u{7}", "bell\u{7}",
      "back\u{8}\u{8}",
      "cr\rover", "line\nbreak", "tab\there", "rtl\u{202E}evil", "\u{2066}isolate", "mark\u{200F}",
      "zero\u{200B}width", "join\u{200D}er", "\u{FEFF}bom", "soft\u{AD}hyphen", "漢字かな交じり文",
      "ｆｕｌｌ", "한국어", "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}", "\u{301}alone",
      "👨‍👩‍👧‍👦", "🇩🇪🇯🇵", "☺️", "\u{1B}_Ga=T;AAAA\u{1B}\\", "\u{1B}P0q#0;2;0;0;0~\u{1B}\\",
      "\u{1B}[?1049l", "\u{1B}c", "\u{E0041}tag", String(repeating: "long", count: 3000),
      String(repeating: "漢", count: 500), "ＺＡ\u{489}\u{489}\u{489}\u{489}ＬＧＯ", "\u{85}next",
      "\u{2028}sep",
    ]
    // Each alone, and each with its neighbours.
    return parts + zip(parts, parts.dropFirst()).map { $0 + $1 }
      + zip(parts, parts.dropFirst(2)).map { $1 + " " + $0 }
  }()

  private func withHostileStore(_ body: (RunStore, String) throws -> Void) throws {
    #expect(Self.hostile.count >= 99)
    try withTemporaryFolder { folder in
      let clock = SteppingClock()
      let store = try RunStore(
        folder: folder, creating: true, options: .init(clock: { clock.now() }))
      let runs = Self.hostile.enumerated().map { index, text in
        let overrides = [Parameter("data.path", .string(text))]
        return RunRegistration(
          id: String(repeating: "0", count: 61) + String(index + 100), trainKey: "t\(index)",
          label: text, index: index, overrides: overrides, settingsJSON: "{}",
          parameters: overrides, seed: 0, repeatGroup: index)
      }
      try store.register(
        ExperimentRegistration(
          name: "bad", question: Self.hostile.joined(separator: " "), fileText: "x", planJSON: "{}",
          objective: Objective(metric: "eval/\u{1B}[31m漢字", goal: .minimize),
          sweep: SweepRegistration(method: "list", paths: ["data.path"]), runs: runs))
      for (index, run) in runs.enumerated() {
        let text = Self.hostile[index]
        try store.beginAttempt(run: run.id, environment: [:])
        try store.logEvent(run: run.id, text)
        try store.addTags([String(text.prefix(50))], run: run.id)
        try store.appendPoints(
          [
            SeriesPoints(name: "eval/\u{1B}[31m漢字", steps: [1], values: [Double(index)]),
            SeriesPoints(name: "train/loss", steps: [1, 2], values: [1, Double(index)]),
          ], run: run.id)
        try store.finishAttempt(
          run: run.id, state: index % 7 == 5 ? .failed : .finished,
          error: index % 7 == 5 ? text : nil)
      }
      try body(store, runs[0].id)
    }
  }

  /// Nothing of a name reaches the terminal but letters, and none of them moves what stands beside it.
  @Test func hostileNamesAreText() throws {
    try withHostileStore { store, _ in
      let ids = try store.runs(experiment: "bad").map(\.id)
      var places: [WatchState.Place] = [.experiments, .experiment("bad")]
      places += ids.map { .run(id: $0, experiment: "bad") }
      for (number, place) in places.enumerated() {
        var state = WatchState(place: place)
        if number == 1 { state.condition = "seed == 0" }
        if number == 0 { state.problem = Self.hostile.joined() }
        let data = try data(store, state)
        for (width, height) in number < 2 ? [(120, 60), (61, 19), (20, 5)] : [(120, 40)] {
          for isUnicode in [true, false] {
            let abilities = TerminalAbilities(
              pictures: .blocks, colors: .full, isUnicode: isUnicode)
            let screen = WatchScreen(
              data, state, width: width, height: height, abilities: abilities)
            var writer = ScreenWriter(abilities)
            var terminal = VirtualTerminal(width: width, height: height)
            terminal.send(writer.update(screen.canvas))
            #expect(terminal.findings.isEmpty, "\(place) \(width)×\(height)")
            if isUnicode {
              #expect(terminal.places == screen.canvas.rows.map { $0.map(\.text) }, "\(place)")
            } else {
              #expect(TerminalText.isPlainASCII(terminal.text.replacing("\n", with: "")))
            }
          }
        }
      }
    }
  }

  /// The words themselves are there: they were not thrown away.
  @Test func hostileNamesCanBeRead() throws {
    try withHostileStore { store, _ in
      let state = WatchState(place: .experiment("bad"))
      let screen = WatchScreen(
        try data(store, state), state, width: 150, height: 120,
        abilities: .init(pictures: .none, colors: .none, isUnicode: true))
      // Wide letters take two places.
      for word in [
        "red\u{FFFD}[31m", "rtl\u{FFFD}evil", "line break", "漢字かな交じり文", "한국어", "zerowidth",
      ] {
        #expect(screen.canvas.text.contains(word), "\(word)")
      }
    }
  }

  /// What is sent for a change shows the same as what is sent anew; what has not changed is not sent.
  @Test func changesAreSentAlone() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder, incidents: true)
      var state = WatchState(place: .experiments)
      var data = try data(store, state)
      let abilities = TerminalAbilities(pictures: .blocks, colors: .full, isUnicode: true)
      var writer = ScreenWriter(abilities)
      var terminal = VirtualTerminal(width: 100, height: 30)
      let keys = "\rjj\rj\rmlsp.\u{1B}/x\u{7F}\r?q".map { character -> TerminalInput in
        switch character {
        case "\r": .key(.enter)
        case "\u{1B}": .key(.escape)
        case "\u{7F}": .key(.backspace)
        default: .key(.character(character))
        }
      }
      for key in keys {
        _ = state.handle(key, data)
        data = try self.data(store, state)
        let canvas = WatchScreen(
          data, state, width: 100, height: 30, abilities: abilities
        ).canvas
        let sent = writer.update(canvas)
        terminal.send(sent)
        #expect(terminal.findings.isEmpty)
        #expect(terminal.places == canvas.rows.map { $0.map(\.text) }, "\(key)")
        var fresh = ScreenWriter(abilities)
        #expect(sent.utf8.count <= fresh.update(canvas).utf8.count + 200)
        #expect(writer.update(canvas).isEmpty)
      }
    }
  }

  /// Kitty's pictures are replaced and taken away, never left behind.
  @Test func picturesDoNotPileUp() {
    var writer = ScreenWriter(.init(pictures: .kitty, colors: .full, isUnicode: true))
    let canvas = Canvas(width: 20, height: 10)
    func picture(_ level: UInt8) -> PlacedPicture {
      PlacedPicture(
        Image(width: 4, height: 4, channels: 1, level: level),
        in: Area(x: 2, y: 2, width: 4, height: 2))
    }
    var terminal = VirtualTerminal(width: 20, height: 10)
    terminal.send(writer.update(canvas, pictures: [picture(1), picture(2)]))
    #expect(terminal.kitty.count { $0.contains("a=T") } == 2)
    #expect(writer.update(canvas, pictures: [picture(1), picture(2)]).isEmpty)
    terminal.send(writer.update(canvas, pictures: [picture(3)]))
    // The first replaced, the second removed.
    #expect(terminal.kitty.count { $0.contains("a=T") } == 3)
    #expect(terminal.kitty.count { $0.contains("a=d,d=I") } == 2)
    terminal.send(writer.removedPictures())
    #expect(terminal.kitty.count { $0.contains("a=d,d=I") } == 3)
    // A sixel is drawn again where its places were written.
    var sixel = ScreenWriter(.init(pictures: .sixel, colors: .full, isUnicode: true))
    terminal.send(sixel.update(canvas, pictures: [picture(1)]))
    var other = canvas
    other.write("x", x: 3, y: 2)
    terminal.send(sixel.update(other, pictures: [picture(1)]))
    other.write("x", x: 3, y: 8)
    terminal.send(sixel.update(other, pictures: [picture(1)]))
    #expect(terminal.sixels == 2)
  }

  /// Every size, every place, every kind of picture.
  @Test func nothingTrapsAtAnySize() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder, incidents: true)
      let run = try store.runs(experiment: "demo")[10].id
      for place in [
        WatchState.Place.experiments, .experiment("demo"), .run(id: run, experiment: "demo"),
      ] {
        var state = WatchState(place: place)
        let data = try data(store, state)
        for pictures in TerminalAbilities.Pictures.allCases {
          let abilities = TerminalAbilities(pictures: pictures, colors: .sixteen, isUnicode: true)
          for (width, height) in [
            (0, 0), (1, 1), (2, 3), (5, 20), (20, 5), (30, 11), (80, 2), (89, 24), (90, 25),
            (300, 90),
          ] {
            for help in [false, true] {
              state.showsHelp = help
              let screen = WatchScreen(
                data, state, width: width, height: height, abilities: abilities)
              #expect(screen.canvas.rows.allSatisfy { $0.count == width })
              for picture in screen.pictures {
                #expect(picture.area.x + picture.area.width <= width)
                #expect(picture.area.y + picture.area.height < height)
              }
            }
          }
        }
      }
      let empty = WatchScreen(
        WatchData(), WatchState(place: .experiments), width: 160, height: 10, abilities: .plain)
      #expect(empty.canvas.text.contains("There are no experiments here yet"))
    }
  }
}
