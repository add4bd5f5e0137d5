import Analysis
import Images
import Store
import Text
import Values

/// A screen as it is to be drawn: a canvas, and pictures that lie over it.
package struct WatchScreen {
  package internal(set) var canvas: Canvas
  package internal(set) var pictures: [PlacedPicture] = []
  let data: WatchData
  let state: WatchState
  let abilities: TerminalAbilities

  /// - Parameters:
  ///   - width: in places.
  ///   - height: in places.
  package init(
    _ data: WatchData, _ state: WatchState, width: Int, height: Int, abilities: TerminalAbilities
  ) {
    (self.data, self.state, self.abilities) = (data, state, abilities)
    canvas = Canvas(width: width, height: height)
    guard width > 0, height > 0 else { return }
    header()
    // One line at the head, one at the foot where there is room for more.
    let body = Area(
      x: 0, y: 1, width: width, height: height - 1 - (height > 2 ? 1 : 0))
    if state.showsHelp {
      help(body)
    } else {
      switch state.place {
      case .experiments: experiments(body)
      case .experiment: experiment(body)
      case .run: run(body)
      }
    }
    if height > 2 { footer() }
  }

  /// Curves and samples alone.
  package init(
    pictureOf data: WatchData, width: Int, height: Int, abilities: TerminalAbilities
  ) {
    self.data = data
    state = WatchState(place: .experiments)
    self.abilities = abilities
    canvas = Canvas(width: width, height: height)
    chartAndSamples(Area(width: width, height: height))
  }

  /// Whether two panels fit beside each other.
  var isWide: Bool { canvas.width >= 90 }

  // MARK: - Head and foot

  private mutating func header() {
    var trail = ["workbench"]
    switch state.place {
    case .experiments: trail.append("experiments")
    case .experiment(let name): trail.append(name)
    case .run(let id, let name): trail += [name, data.run?.run.title ?? String(id.prefix(8))]
    }
    let right = status
    let rightWidth = min(Canvas.width(of: right), canvas.width / 2)
    var x = 1
    for (place, word) in trail.enumerated() {
      let isLast = place == trail.count - 1
      let rest = canvas.width - rightWidth - 3 - x
      // What comes last says where one is: the others leave it room.
      let room = isLast ? rest : min(rest / 2, 24)
      x += canvas.write(word, x: x, y: 0, room: room, isLast ? .bold : .dim)
      if !isLast { x += canvas.write(" › ", x: x, y: 0, .dim) }
    }
    canvas.writeRight(right, to: canvas.width - 1, y: 0, room: rightWidth, .dim)
  }

  /// How far the experiment is.
  private var status: String {
    guard let name = state.experiment,
      let overview = data.overviews.first(where: { $0.name == name })
    else {
      let running = data.overviews.reduce(0) { sum, overview in
        sum + (overview.states.first { $0.state == .running }?.count ?? 0)
      }
      return running == 0 ? "" : "\(running) running"
    }
    let left = overview.secondsLeft.map { ", about \(TimeText.duration($0)) of work left" } ?? ""
    return "\(overview.done) of \(overview.total) runs\(left)"
  }

  private mutating func footer() {
    let y = canvas.height - 1
    if let typed = state.typed {
      let x = 1 + canvas.write("where ", x: 1, y: y, .bold)
      // The end is where one types.
      let room = max(1, canvas.width - x - 2)
      var shown = typed[...]
      while Canvas.width(of: String(shown)) > room, !shown.isEmpty { shown.removeFirst() }
      let taken = canvas.write(String(shown), x: x, y: y, room: room)
      canvas[x + taken, y] = Canvas.Cell(" ", .selected)
      if let problem = state.problem {
        canvas.writeRight(
          problem, to: canvas.width - 1, y: y, room: max(0, canvas.width - x - taken - 4), .red)
      }
      return
    }
    if let problem = state.problem {
      canvas.write(problem, x: 1, y: y, room: canvas.width - 2, .red)
      return
    }
    var x = 1
    for (key, what) in keys {
      let width = Canvas.width(of: key) + 1 + Canvas.width(of: what)
      guard x + width < canvas.width else { continue }
      x += canvas.write(key, x: x, y: y, .cyan) + 1
      x += canvas.write(what, x: x, y: y, .dim) + 2
    }
  }

  private var keys: [(String, String)] {
    switch state.place {
    case .experiments:
      [("↑↓", "move"), ("⏎", "open"), ("q", "quit"), ("?", "help"), ("m", "metric"), ("l", "log")]
    case .experiment:
      [
        ("↑↓", "move"), ("⏎", "open"), ("q", "quit"), ("?", "help"), ("esc", "back"),
        ("m", "metric"), ("l", state.isLogarithmic ? "linear" : "log"), ("s", "smooth"),
        ("←→", "steps"), ("/", "where"), ("o", "order"), ("p", "pictures"),
      ]
    case .run:
      [
        ("↑↓", "other runs"), ("esc", "back"), ("q", "quit"), ("?", "help"), ("m", "metric"),
        ("l", state.isLogarithmic ? "linear" : "log"), ("s", "smooth"), ("←→", "steps"),
        ("p", "pictures"),
      ]
    }
  }

  private mutating func help(_ area: Area) {
    let inside = canvas.frame(area, title: "Keys", isActive: true)
    let lines = [
      ("↑ ↓  k j", "move; Page Up and Down, Home and End go farther"),
      ("⏎", "open an experiment, a setting's runs, a run"),
      ("esc  h", "back; with a condition, all runs again"),
      ("m  M  tab", "the next metric, the one before"), ("l", "logarithmic axis"),
      ("s", "smoothing: none, 2, 5, 10, 20 % of the points"),
      ("← →  , .", "samples of earlier and later steps"), ("p", "pictures, or none"),
      (
        "/", "only runs that meet a condition: training.optimizer.lr < 0.01 and state == 'finished'"
      ),
      ("o", "best settings first, or the plan's order"), ("ctrl-L", "draw everything again"),
      ("q  ctrl-C", "quit; runs go on"),
    ]
    for (place, line) in lines.enumerated() where place < inside.height {
      canvas.write(
        line.0, x: inside.x + 2, y: inside.y + place, room: min(12, inside.width - 2), .cyan)
      canvas.write(
        line.1, x: inside.x + 14, y: inside.y + place, room: max(0, inside.width - 15))
    }
  }

  // MARK: - Parts that several screens have

  /// Curves of a metric, in a frame that names it.
  mutating func chart(_ area: Area) {
    guard area.height >= 3, area.width >= 8 else { return }
    guard let chart = data.chart else {
      _ = canvas.frame(area, title: "Curves")
      return
    }
    let share = WatchState.smoothings[state.smoothing]
    let how = [
      state.isLogarithmic ? "log scale" : nil,
      share > 0 ? "smoothed over \(Int((100 * share).rounded())) %" : nil,
    ].compactMap { $0 }.joined(separator: ", ")
    let count =
      chart.metrics.count > 1
      ? "\((chart.metrics.firstIndex(of: chart.metric) ?? 0) + 1) of \(chart.metrics.count)" : ""
    let inside = canvas.frame(
      area, title: chart.metric + (how.isEmpty ? "" : " (\(how))"), foot: count)
    let hasChoice = chart.chosenLabel != nil || !chart.chosen.isEmpty
    // The chosen one comes last, on top.
    let ordered =
      chart.lines.filter { $0.label == nil || $0.label != chart.chosenLabel }
      + chart.lines.filter { $0.label != nil && $0.label == chart.chosenLabel }
    var lines = ordered.map { line in
      let isChosen = line.label != nil && line.label == chart.chosenLabel
      return BrailleCurve.Line(
        line.curve,
        CellStyle(
          SeriesColor.color(line.color), isBold: isChosen,
          isDim: hasChoice ? !isChosen && chart.chosen.isEmpty && line.isFaint : line.isFaint))
    }
    lines += chart.chosen.map { BrailleCurve.Line($0, .bold) }
    BrailleCurve(
      lines, isLogarithmic: state.isLogarithmic, isUnicode: abilities.isUnicode,
      xTitle: chart.xTitle
    ).draw(in: inside, on: &canvas)
  }

  /// The newest samples, in a frame that says whose they are.
  mutating func samples(_ area: Area) {
    guard area.height >= 4, area.width >= 8, state.showsPictures, abilities.pictures != .none else {
      return
    }
    guard let samples = data.samples, let first = samples.images.first else {
      let inside = canvas.frame(area, title: "Samples")
      canvas.write("no pictures yet", x: inside.x + 1, y: inside.y, room: inside.width - 1, .dim)
      return
    }
    let foot = samples.count > 1 ? "\(samples.count - state.sheet) of \(samples.count)" : ""
    let inside = canvas.frame(
      area, title: "step \(samples.step) · \(samples.title)", foot: foot)
    let layout = TileLayout(
      count: samples.images.count, image: (first.width, first.height), area: inside,
      abilities: abilities)
    guard let layout else { return }
    let sheet = Image.tiled(
      Array(samples.images.prefix(layout.count)), columns: layout.columns,
      tileWidth: layout.tile.width, tileHeight: layout.tile.height, gap: layout.gap,
      level: abilities.isDark ? 0 : 255)
    switch abilities.pictures {
    case .blocks:
      HalfBlocks.draw(sheet, x: inside.x, y: inside.y, abilities: abilities, on: &canvas)
    case .kitty, .sixel:
      let cell = abilities.cell
      pictures.append(
        PlacedPicture(
          sheet,
          in: Area(
            x: inside.x, y: inside.y,
            width: min(inside.width, (sheet.width + cell.width - 1) / cell.width),
            height: min(inside.height, (sheet.height + cell.height - 1) / cell.height))))
    case .none: break
    }
  }

  /// The colour of a state's name.
  static func style(_ state: RunState) -> CellStyle {
    switch state {
    case .finished: .green
    case .running: .cyan
    case .failed, .crashed: .red
    case .interrupted: .yellow
    case .queued, .pruned: .dim
    }
  }
}
