import Analysis
import Store
import Text
import Values

extension WatchScreen {
  // MARK: - Experiments

  /// The store's experiments above, the one that is looked at below.
  mutating func experiments(_ area: Area) {
    guard !data.overviews.isEmpty else {
      canvas.write(
        "There are no experiments here yet: 'workbench new quickstart' makes one, "
          + "'workbench run quickstart.yaml' runs it.", x: area.x + 1, y: area.y + 1,
        room: area.width - 2)
      return
    }
    let hasDetails = area.height >= 14
    let most = hasDetails ? max(4, min(data.overviews.count + 2, area.height / 2)) : area.height
    let list = Area(x: area.x, y: area.y, width: area.width, height: most)
    overviews(list)
    guard hasDetails else { return }
    details(
      Area(x: area.x, y: area.y + most, width: area.width, height: area.height - most))
  }

  private mutating func overviews(_ area: Area) {
    let inside = canvas.frame(area, title: "Experiments", isActive: true)
    let chosen = data.chosenExperiment(state)?.name
    let place = data.overviews.firstIndex { $0.name == chosen } ?? 0
    let first = Self.first(place, of: data.overviews.count, shown: inside.height)
    let nameWidth = max(8, min(inside.width / 3, 40))
    let barWidth = inside.width >= 60 ? 14 : 0
    for (row, overview) in data.overviews.dropFirst(first).prefix(inside.height).enumerated() {
      let y = inside.y + row
      let isChosen = overview.name == chosen
      var x = inside.x + 1
      canvas.write(
        overview.name, x: x, y: y, room: min(nameWidth, inside.width - 2), isChosen ? .bold : .plain
      )
      x += nameWidth + 1
      if barWidth > 0 {
        bar(overview, x: x, y: y, width: barWidth)
        x += barWidth + 1
      }
      x +=
        1
        + canvas.write(
          "\(overview.done)/\(overview.total)", x: x, y: y, room: inside.x + inside.width - x)
      for (state, count) in overview.states where !state.isDone {
        x +=
          1
          + canvas.write(
            "\(count) \(state.rawValue)", x: x, y: y, room: inside.x + inside.width - x,
            Self.style(state))
      }
      let time =
        overview.secondsLeft.map { "about \(TimeText.duration($0)) left" }
        ?? TimeText.minute(overview.updated)
      canvas.writeRight(
        time, to: inside.x + inside.width - 1, y: y,
        room: max(0, inside.x + inside.width - 2 - x), .dim)
      if isChosen { highlight(inside, y) }
    }
  }

  /// How much is done, by eighths of a place.
  private mutating func bar(_ overview: ExperimentOverview, x: Int, y: Int, width: Int) {
    let share = overview.total > 0 ? Double(overview.done) / Double(overview.total) : 0
    let eighths = Int((share * Double(8 * width)).rounded(.down))
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let style = CellStyle(.named(share >= 1 ? 2 : 6))
    for column in 0..<width {
      let text = column < eighths / 8 ? "█" : column == eighths / 8 ? parts[eighths % 8] : ""
      canvas[x + column, y] =
        text.isEmpty ? Canvas.Cell("·", .dim) : Canvas.Cell(text, style)
    }
  }

  /// The question, what is best so far, curves, samples.
  private mutating func details(_ area: Area) {
    guard let overview = data.chosenExperiment(state) else { return }
    var y = area.y
    for line in Canvas.wrapped(overview.question, width: area.width - 3, most: 2) {
      canvas.write(line, x: area.x + 2, y: y, room: area.width - 3)
      y += 1
    }
    if let leader = data.leader {
      best(leader, x: area.x + 2, y: y, room: area.width - 3)
      y += 1
    }
    let rest = Area(
      x: area.x, y: y, width: area.width, height: area.y + area.height - y)
    chartAndSamples(rest)
  }

  mutating func best(_ leader: LeadingSetting, x: Int, y: Int, room: Int) {
    let others = leader.others > 0 ? " and \(leader.others) more" : ""
    var column = x
    column += canvas.write("Best so far: ", x: column, y: y, room: room, .dim)
    column += canvas.write(
      leader.name, x: column, y: y, room: max(0, min(room / 2, x + room - column)),
      CellStyle(.named(2), isBold: true))
    canvas.write(
      "\(others), \(leader.metric) \(DecimalText.interval(leader.score))", x: column, y: y,
      room: max(0, x + room - column))
  }

  /// Beside each other where there is room, else one below the other.
  mutating func chartAndSamples(_ area: Area) {
    let hasSamples = state.showsPictures && abilities.pictures != .none && data.samples != nil
    guard hasSamples else { return chart(area) }
    if area.width >= 70 {
      let left = area.width * 3 / 5
      chart(Area(x: area.x, y: area.y, width: left, height: area.height))
      samples(
        Area(x: area.x + left, y: area.y, width: area.width - left, height: area.height))
    } else if area.height >= 14 {
      let top = area.height / 2
      chart(Area(x: area.x, y: area.y, width: area.width, height: top))
      samples(
        Area(x: area.x, y: area.y + top, width: area.width, height: area.height - top))
    } else {
      chart(area)
    }
  }

  // MARK: - Settings

  /// Settings and their runs, curves and samples.
  mutating func experiment(_ area: Area) {
    var area = area
    let question = data.overviews.first { $0.name == state.experiment }?.question ?? ""
    if area.height >= 16 {
      for line in Canvas.wrapped(question, width: area.width - 3, most: 2) {
        canvas.write(line, x: area.x + 1, y: area.y, room: area.width - 3, .dim)
        area.y += 1
        area.height -= 1
      }
      if let leader = data.leader {
        best(leader, x: area.x + 1, y: area.y, room: area.width - 2)
        area.y += 1
        area.height -= 1
      }
    }
    if isWide {
      let left = min(max(area.width * 9 / 20, 48), 76)
      settings(Area(x: area.x, y: area.y, width: left, height: area.height))
      let right = Area(
        x: area.x + left, y: area.y, width: area.width - left, height: area.height)
      let hasSamples = state.showsPictures && abilities.pictures != .none && data.samples != nil
      let top = hasSamples ? max(8, right.height * 11 / 20) : right.height
      chart(Area(x: right.x, y: right.y, width: right.width, height: top))
      if hasSamples {
        samples(
          Area(
            x: right.x, y: right.y + top, width: right.width, height: right.height - top))
      }
    } else {
      let wanted = data.rows(state).count + 3
      let top =
        area.height < 11 ? area.height : min(max(5, wanted), max(5, area.height * 2 / 5))
      settings(Area(x: area.x, y: area.y, width: area.width, height: top))
      chartAndSamples(
        Area(x: area.x, y: area.y + top, width: area.width, height: area.height - top))
    }
  }

  private mutating func settings(_ area: Area) {
    guard let part = data.settings else {
      let inside = canvas.frame(area, title: "Settings", isActive: true)
      // How far they are is known before what they have come to.
      let states = data.overviews.first { $0.name == state.experiment }?.states ?? []
      for (row, (state, count)) in states.enumerated() where row < inside.height {
        canvas.write(
          "\(count) \(state.rawValue)", x: inside.x + 3, y: inside.y + row, room: inside.width - 3,
          Self.style(state))
      }
      return
    }
    let rows = data.rows(state)
    let shownRuns = part.settings.reduce(0) { $0 + $1.runs.count }
    let title = state.condition.isEmpty ? "Settings" : "Settings where \(state.condition)"
    let foot =
      shownRuns == part.allRuns
      ? DecimalText.counted(part.allRuns, "run")
      : "\(shownRuns) of \(DecimalText.counted(part.allRuns, "run"))"
    let inside = canvas.frame(area, title: title, foot: foot, isActive: true)
    guard !inside.isEmpty else { return }
    guard !rows.isEmpty else {
      canvas.write(
        part.allRuns == 0 ? "no runs yet" : "no run meets the condition", x: inside.x + 1,
        y: inside.y, room: inside.width - 1, .dim)
      return
    }
    let columns = self.columns(rows, part, inside.width)
    let hasHead = inside.height >= 4
    if hasHead {
      canvas.write("setting", x: inside.x + 3, y: inside.y, room: columns.name, .dim)
      var right = inside.x + 3 + columns.name
      for (place, width) in columns.values {
        right += 2 + width
        canvas.writeRight(part.metrics[place], to: right, y: inside.y, room: width, .dim)
      }
    }
    let height = inside.height - (hasHead ? 1 : 0)
    let chosen = data.chosenRow(state)?.key
    let place = rows.firstIndex { $0.key == chosen } ?? 0
    let first = Self.first(place, of: rows.count, shown: height)
    for (number, row) in rows.dropFirst(first).prefix(height).enumerated() {
      line(
        row, inside, y: inside.y + (hasHead ? 1 : 0) + number, columns, isChosen: row.key == chosen)
    }
  }

  /// Widths of the columns: the name, metrics by their places, the states.
  private func columns(
    _ rows: [WatchData.Row], _ part: SettingsPart, _ width: Int
  ) -> (name: Int, values: [(place: Int, width: Int)], states: Int) {
    let sample = rows.prefix(500)
    let names = sample.map { Canvas.width(of: $0.name) + ($0.run == nil ? 0 : 2) }.max() ?? 0
    var states = min(sample.map { Canvas.width(of: $0.states) }.max() ?? 0, max(8, width / 4))
    var name = max(7, min(names, max(10, width * 2 / 5)))
    // What decides is shown before all of the rest is.
    let first = part.metrics.isEmpty ? 0 : self.width(ofMetric: 0, sample, part) + 2
    func lacking() -> Int { max(0, 4 + name + first + states + 2 - width) }
    states -= min(lacking(), max(0, states - 5))
    name -= min(lacking(), max(0, name - 10))
    var free = width - 4 - name - (states > 0 ? states + 2 : 0)
    var values: [(place: Int, width: Int)] = []
    for place in part.metrics.indices {
      let own = self.width(ofMetric: place, sample, part)
      guard free >= own + 2 else { break }
      values.append((place, own))
      free -= own + 2
    }
    name += max(0, min(free, names - name))
    return (name, values, states)
  }

  private func width(
    ofMetric place: Int, _ rows: some Sequence<WatchData.Row>, _ part: SettingsPart
  ) -> Int {
    rows.reduce(min(Canvas.width(of: part.metrics[place]), 14)) {
      max($0, Canvas.width(of: $1.values[place]))
    }
  }

  private mutating func line(
    _ row: WatchData.Row, _ inside: Area, y: Int,
    _ columns: (name: Int, values: [(place: Int, width: Int)], states: Int), isChosen: Bool
  ) {
    if let isOpen = row.isOpen {
      canvas.write(isOpen ? "▾" : "▸", x: inside.x, y: y, .dim)
    }
    if row.run == nil,
      let line = data.chart?.lines.first(where: { $0.label == row.setting && $0.label != nil })
    {
      canvas.write(
        "●", x: inside.x + 1, y: y, CellStyle(SeriesColor.color(line.color)))
    }
    let indent = row.run == nil ? 0 : 2
    let style: CellStyle =
      row.isBest ? CellStyle(.named(2), isBold: true) : row.run == nil ? .plain : .dim
    canvas.write(
      row.name, x: inside.x + 3 + indent, y: y, room: max(0, columns.name - indent), style)
    var right = inside.x + 3 + columns.name
    for (number, (place, width)) in columns.values.enumerated() {
      right += 2 + width
      let text = row.values[place].isEmpty ? "–" : row.values[place]
      canvas.writeRight(
        text, to: right, y: y, room: width,
        number == 0 && row.isBest
          ? CellStyle(.named(2), isBold: true) : row.run == nil ? .plain : .dim)
    }
    let states = Set(row.runs.map(\.state))
    let order: [RunState] = [
      .running, .failed, .crashed, .interrupted, .finished, .pruned, .queued,
    ]
    let telling = order.first { states.contains($0) } ?? .queued
    canvas.write(
      row.states, x: right + 2, y: y,
      room: max(0, min(columns.states, inside.x + inside.width - right - 2)),
      Self.style(telling))
    if isChosen { highlight(inside, y) }
  }

  /// A chosen line.
  mutating func highlight(_ area: Area, _ y: Int) {
    canvas.fill(
      Area(x: area.x, y: y, width: area.width, height: 1),
      CellStyle(isBold: true, isReversed: true))
  }

  /// The first of a list's lines that is shown, so that the chosen one is.
  static func first(_ chosen: Int, of count: Int, shown: Int) -> Int {
    guard count > shown, shown > 0 else { return 0 }
    return max(0, min(count - shown, chosen - shown / 2))
  }
}
