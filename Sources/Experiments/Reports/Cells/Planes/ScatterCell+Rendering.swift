import Analysis
import Diffusion
import ExperimentFiles
import Plots
import Store
import Text
import Values

extension ScatterCell: RenderableCell {
  private static let mostRows = 8
  /// Panels of a row where every setting has one.
  private static let across = 4

  func render(_ context: CellContext) throws -> RenderedCell {
    if let nothing = context.nothingSelected { return nothing }
    var (rows, notes) = try RunPoints.ofSettings(
      context, most: over == .end ? 3 * Self.across : Self.mostRows)
    var truths: [Truth?] = []
    for row in rows {
      do {
        truths.append(data == .none ? nil : try Truth(row.points, count: points))
      } catch let error as DiffusionError {
        truths.append(nil)
        notes.append("The data cannot be drawn: \(error.description)")
      }
    }
    var drawn: [[Frame]] = []
    for row in rows {
      switch over {
      case .end: drawn.append([try end(row.points)])
      case .training: drawn.append(try training(row.points))
      case .sampling: drawn.append(try sampling(row.points))
      }
    }
    if let beyond = drawn.first?.first?.table.dimensions, beyond > 2 {
      notes.append("Of \(beyond) dimensions the first two are shown.")
    }
    let plot = self.plot(
      rows.map(\.name), drawn, truths,
      classNames: try ClassNames(of: rows.map(\.points.run), context.store).names)
    let outside = drawn.reduce(0) { sum, frames in
      sum + frames.reduce(0) { $0 + $1.table.points.count { !plot.shows($0) } }
    }
    if outside > 0, over != .sampling {
      notes.append(
        "\(outside) \(outside == 1 ? "sample lies" : "samples lie") outside of what is shown.")
    }
    var rendered = RenderedCell()
    let what = ["end": "at the end", "training": "over training", "sampling": "over sampling"]
    rendered.markdown = context.picture(
      svg: plot.svg(page.plotPage),
      alternative: "Samples \(what[over.rawValue] ?? "") and the data",
      in: &rendered)
    if !notes.isEmpty {
      rendered.markdown += "\n\n*\(notes.map(MarkdownText.escaped).joined(separator: " "))*"
    }
    rendered.data = .array(
      zip(rows, drawn).flatMap { row, frames in
        frames.map { frame in
          .object([
            "setting": .string(row.name), "panel": .string(frame.title),
            "points": .integer(frame.table.count),
          ])
        }
      })
    return rendered
  }

  // MARK: - What is drawn

  private struct Frame {
    var title: String
    var table: PointTable
    /// The class of sample i is i modulo this; 1: they have none.
    var classes: Int
    /// Ways of samples, from noise on, each (steps) of points.
    var paths: [[Plots.Point]] = []
  }

  /// Points of the data.
  private struct Truth {
    var points: [Plots.Point]
    var classNames: [String]

    init(_ run: RunPoints, count: Int) throws {
      let (table, data) = try run.data(2 * count)
      try table.requirePlane()
      points = table.points
      classNames = data.classNames
    }
  }

  private func frame(
    _ title: String, _ artifact: Artifact, _ run: RunPoints
  ) throws -> Frame {
    let table = try run.table(artifact, points)
    try table.requirePlane()
    return Frame(title: title, table: table, classes: try classes(run))
  }

  private func classes(_ run: RunPoints) throws -> Int {
    guard
      run.settings.conditioning.kind == .class || run.settings.sampling.classifierGuidance != 0
    else { return 1 }
    return max(1, try DataSet.load(run.settings.data).classes)
  }

  private func end(_ run: RunPoints) throws -> Frame {
    guard let last = run.samples.last else { throw CellError("\(run.run.title) has no samples") }
    return try frame("", last.artifact, run)
  }

  private func training(_ run: RunPoints) throws -> [Frame] {
    guard run.samples.count > 1 else {
      throw CellError(
        "\(run.run.title) has no samples from several steps of its training",
        hint: "sampling: {every: 500} draws them on the way")
    }
    return try SampleGrid.evenly(Array(run.samples.indices), frames).map { place in
      let (step, artifact) = run.samples[place]
      return try frame("step \(step)", artifact, run)
    }
  }

  private func sampling(_ run: RunPoints) throws -> [Frame] {
    let count = min(points, run.settings.sampling.count)
    guard let ways = try PointTrajectories(run, count: count) else {
      throw CellError(
        "\(run.run.title) has no trained network to sample from",
        hint: "a run has one when it has finished")
    }
    let classes = try classes(run)
    var frames = SampleGrid.evenly(Array(ways.frames.indices), frames).map { place in
      Frame(title: ways.frames[place].title, table: ways.frames[place].table, classes: classes)
    }
    guard let paths, let last = ways.frames.last else { return frames }
    try last.table.requirePlane()
    let places = ways.frames.map { $0.table.prefix(paths).points }
    let shown = (0..<min(paths, last.table.count)).map { i in places.map { $0[i] } }
    frames.append(
      Frame(
        title: "\(shown.count) ways", table: PointTable([], dimensions: 2), classes: classes,
        paths: shown))
    return frames
  }

  // MARK: - Panels

  /// - Parameter classNames: where the data are not drawn.
  private func plot(
    _ names: [String], _ drawn: [[Frame]], _ truths: [Truth?], classNames: [String]
  ) -> PlanePlot {
    let columns = over == .end ? min(Self.across, drawn.count) : drawn.map(\.count).max() ?? 1
    var rows: [[PlanePlot.Panel?]] = []
    for (row, frames) in drawn.enumerated() {
      let behind = data == .behind ? truths[row] : nil
      let names = truths[row]?.classNames ?? classNames
      var panels = frames.map { Optional(panel($0, behind, names)) }
      while over != .end, panels.count < columns { panels.append(nil) }
      if over != .end, data == .beside { panels.append(truths[row].map(Self.panel)) }
      rows.append(panels)
    }
    var title = "Samples"
    var width = columns + (over != .end && data == .beside ? 1 : 0)
    var rowNames = names
    if over == .end {
      title = "Samples of each setting"
      var panels = zip(names, rows).map { name, panels -> PlanePlot.Panel? in
        var panel = panels.first ?? nil
        panel?.title = name
        return panel
      }
      if data == .beside { panels.append(truths.lazy.compactMap { $0 }.first.map(Self.panel)) }
      // Rows of about as many.
      let rowCount = (panels.count + Self.across - 1) / Self.across
      width = (panels.count + rowCount - 1) / rowCount
      while panels.count % width != 0 { panels.append(nil) }
      rows = stride(from: 0, to: panels.count, by: width).map { Array(panels[$0..<$0 + width]) }
      rowNames = rows.map { _ in "" }
    }
    let known = truths.compactMap { $0?.points }
    let all = drawn.flatMap {
      $0.map { $0.paths.isEmpty ? $0.table.points : $0.paths.flatMap { $0 } }
    }
    // Over sampling noise is to be seen; else the data say what is, and a sample far off does not make all small.
    let window =
      over == .sampling || known.isEmpty
      ? PlaneWindow.covering(all + known, leavingOut: 0.1) : PlaneWindow.covering(known)
    return PlanePlot(
      title: title, columns: width, rows: rowNames, panels: rows.flatMap { $0 },
      window: window)
  }

  private func panel(_ frame: Frame, _ truth: Truth?, _ names: [String]) -> PlanePlot.Panel {
    var panel = PlanePlot.Panel(title: frame.title)
    if let truth {
      panel.clouds.append(.init(label: "data", color: .none, points: truth.points))
    }
    let points = frame.table.points
    for c in 0..<frame.classes {
      let own = stride(from: c, to: points.count, by: frame.classes).map { points[$0] }
      guard !own.isEmpty else { continue }
      let label = frame.classes == 1 ? "samples" : c < names.count ? names[c] : "class \(c)"
      panel.clouds.append(
        .init(label: label, color: .series(frame.classes == 1 ? 1 : c), points: own))
    }
    panel.paths = frame.paths.enumerated().map { i, path in
      (.series(frame.classes == 1 ? 1 : i % frame.classes), path)
    }
    return panel
  }

  private static func panel(_ truth: Truth) -> PlanePlot.Panel {
    PlanePlot.Panel(
      title: "data", clouds: [.init(label: "data", color: .none, points: truth.points)])
  }
}
