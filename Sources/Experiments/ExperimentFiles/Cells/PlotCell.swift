import Text
import Values

/// A plot of runs: lines, points, bars, a heat map or parallel coordinates.
package struct PlotCell: Cell {
  package enum Kind: String, Sendable, CaseIterable {
    case line, scatter, bar, heatmap, parallel
  }

  /// How the spread over runs is drawn.
  package enum Band: String, Sendable, Hashable {
    /// A 95 % interval of the mean (Student's t).
    case interval
    /// From the lowest to the highest run.
    case range
  }

  package static let kind = "plot"
  package static let about =
    "A picture of runs: curves, points, bars, a heat map or parallel coordinates."
  package static let keys =
    [
      CellKey(
        "y", .quantity([]), standard: "the objective, with `axes`",
        "Vertical axis: a metric; for a heat map's rows and a scatter plot also a setting or attribute."
      ),
      CellKey(
        "x", .quantity(PlotQuantity.alongRuns + [PlotQuantity.sweptSettingName]), standard: "step",
        """
        Horizontal axis: `step`, `time` (of training), `unix` (time of day), `progress` (of the run, in %), `t` (the \
        timestep of what is logged by timesteps, like `vlb/term`), or anything a run has.
        """
      ),
      CellKey(
        "color", .quantity([PlotQuantity.sweptSettingName]),
        """
        What the colours stand for: a few values by a palette, many numbers by a scale; `setting` is all \
        that was swept and is not on the axis.
        """),
      CellKey(
        "facet", .quantity([PlotQuantity.sweptSettingName]),
        "One panel per value, all with the same axes."),
      CellKey(
        "kind", .word(Kind.allCases.map(\.rawValue)), standard: "what fits",
        """
        `line` along runs, or joining the runs of one colour, also over a metric such as \
        `sample/evaluations`; else `heatmap` of two settings coloured by a metric, `bar` by a word, \
        `scatter` by a number (`line` with `band`), `parallel` with `axes`.
        """),
      CellKey(
        "band", .word(["interval", "range"]), standard: "one line per run",
        """
        One line for all runs of a colour and panel, their mean, with the 95 % interval of it or \
        from the lowest to the highest run.
        """),
      CellKey(
        "trace", .boolean, standard: "false",
        """
        Of two metrics, each run's way through their plane: a line a run in the order of its steps, with a point \
        wherever both were logged; else one point a run.
        """),
      CellKey("log", .words(["x", "y", "color"]), "Axes with a logarithmic scale."),
      CellKey(
        "summary", .word(MetricChoice.allCases.map(\.rawValue)), standard: "last",
        "Which value of a metric stands for a run."),
      CellKey(
        "smooth", .number(.closed(0, 0.5)), standard: "0",
        "A running mean over this share of a curve's points."),
      CellKey(
        "axes", .paths([]), standard: "what is swept",
        "Of parallel coordinates, from the left; the last axis is `y`."),
      CellKey(
        "xrange", .numbers(.closed(0, 1e12)), standard: "all",
        "From which step to which a curve is drawn, as in `[100, 200]`: what lies between is drawn in full."
      ),
      CellKey("xlabel", .text, standard: "what `x` is", "What the horizontal axis says."),
      CellKey(
        "ylabel", .text, standard: "what `y` is",
        "What the vertical axis says; of a heat map and parallel coordinates, of bars what they measure."
      ),
      CellKey(
        "names", .names,
        """
        What to call what is shown: values, settings and metrics, as in `{bf16: bfloat16, \
        sampling.sampler: Sampler}`.
        """),
      CellKey(
        "colors", .wordsByName(SeriesPalette.names),
        """
        Which colour of the palette a value, setting or run has, as in `{ddim: blue, heun: orange}`; the others \
        share the rest.
        """),
    ] + CellPage.keys

  package let plotKind: Kind
  /// Whether `plotKind` follows from the rest.
  package let isInferred: Bool
  package let x: PlotQuantity
  /// nil: the objective.
  package let y: PlotQuantity?
  package let color: PlotQuantity?
  package let facet: PlotQuantity?
  package let band: Band?
  /// Whether x and y are taken step by step.
  package let isTrace: Bool
  package let logarithmic: Set<String>
  package let choice: MetricChoice
  package let smooth: Double
  package let axes: [PlotQuantity]
  /// Of steps; nil: all.
  package let xRange: ClosedRange<Double>?
  package let xLabel: String?
  package let yLabel: String?
  /// Of what is shown, numbers in their canonical form.
  package let names: [String: String]
  /// Places in the palette, by what is shown.
  package let colors: [String: Int]
  package let page: CellPage

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    // The rows of a heat map are settings; what else stands upwards is measured, as is all of a way.
    let isTraced = values.boolean("trace") == true
    let isMeasured = values.text("kind") != Kind.heatmap.rawValue
    func quantity(_ key: String) -> PlotQuantity? {
      values.quantity(
        key, isX: key == "x",
        prefersMetric: key == "y" && isMeasured || key == "x" && isTraced)
    }
    let y = quantity("y")
    let color = quantity("color")
    let x = quantity("x")
    let axes = values.texts("axes").compactMap { PlotQuantity($0, imported: values.imported) }
    let band = values.text("band").flatMap(Band.init(rawValue:))
    let kind =
      values.text("kind").flatMap(Kind.init(rawValue:))
      ?? (isTraced
        ? .line
        : Self.inferred(x: x, y: y, color: color, hasBand: band != nil, hasAxes: !axes.isEmpty))
    plotKind = kind
    isTrace = isTraced
    isInferred = !values.has("kind")
    (self.y, self.color, self.axes, self.band) = (y, color, axes, band)
    // What is logged by timesteps has no other steps.
    var isByTimesteps = false
    if case .metric(let name)? = y { isByTimesteps = MetricName.isOverTimesteps(name) }
    self.x =
      x.map { $0 == .step && isByTimesteps ? .timestep : $0 } ?? (isByTimesteps ? .timestep : .step)
    facet = quantity("facet")
    logarithmic = Set(values.texts("log"))
    choice = values.text("summary").flatMap(MetricChoice.init(rawValue:)) ?? .last
    smooth = values.number("smooth") ?? 0
    let range = values.numbers("xrange")
    xRange = range.count == 2 && range[0] < range[1] ? range[0]...range[1] : nil
    if !range.isEmpty, xRange == nil {
      diagnostics.error(
        "'xrange' has two numbers, the lower one first", at: values.place("xrange"))
    }
    (xLabel, yLabel) = (values.text("xlabel"), values.text("ylabel"))
    names = values.names("names")
    colors = values.names("colors").compactMapValues { SeriesPalette.names.firstIndex(of: $0) }
    page = CellPage(values, into: &diagnostics)
    check(values, hasX: x != nil, into: &diagnostics)
  }

  package var metrics: [String] {
    ([x, y, color, facet].compactMap { $0 } + axes).compactMap { quantity in
      if case .metric(let name) = quantity { name } else { nil }
    }
  }

  private static func inferred(
    x: PlotQuantity?, y: PlotQuantity?, color: PlotQuantity?, hasBand: Bool, hasAxes: Bool
  ) -> Kind {
    if hasAxes { return .parallel }
    guard let x, !x.isAlongRuns else { return .line }
    if let y, !x.isMetric, !y.isMetric, color?.isMetric == true { return .heatmap }
    if x.isNumeric { return hasBand && !x.isMetric ? .line : .scatter }
    return .bar
  }

  // MARK: - What does not go together

  private func check(_ values: CellValues, hasX: Bool, into diagnostics: inout Diagnostics) {
    func refuse(_ key: String, _ why: String, hint: String? = nil) {
      guard values.has(key) else { return }
      diagnostics.error(why, at: values.place(key), hint: hint)
    }
    if y == nil, plotKind != .parallel, !values.has("y") {
      diagnostics.error(
        "a plot needs 'y'", at: values.place, hint: "name a metric, like y: train/loss")
    }
    checkTrace(values, into: &diagnostics)
    if plotKind != .line || x != .step && x != .timestep && !isTrace {
      refuse("xrange", "'xrange' is for curves over steps", hint: "'where' chooses among runs")
    }
    if x == .timestep, !isTrace, case .metric(let name)? = y, !MetricName.isOverTimesteps(name) {
      refuse(
        "x", "\(quoted(name)) is not logged by timesteps",
        hint: "x: t is for the terms of the bound, like vlb/term; leave out x")
    } else if [.time, .unix, .progress].contains(x), case .metric(let name)? = y,
      MetricName.isOverTimesteps(name)
    {
      refuse(
        "x", "\(quoted(name)) is logged by timesteps, and has no \(x.name)", hint: "x: t")
    }
    switch plotKind {
    case .line:
      if let y, !y.isMetric {
        refuse(
          "y", "a line needs a metric as 'y'; \(quoted(y.name)) is none",
          hint: "kind: scatter takes anything")
      }
      if !x.isAlongRuns, !isTrace { refuse("smooth", "'smooth' is for curves along a run's steps") }
    case .scatter:
      if x.isAlongRuns {
        diagnostics.error(
          "a scatter plot has one point per run; 'x' must be of a run as a whole",
          at: values.place("x"), hint: "name a setting or metric, or leave out kind: scatter")
      }
      refuse(
        "band", "a scatter plot has one point per run, and no band", hint: "kind: line has one")
    case .bar:
      if let y, !y.isMetric {
        refuse("y", "bars need a metric as 'y'; \(quoted(y.name)) is none")
      }
      if hasX, x.isAlongRuns {
        refuse("x", "bars stand for settings, not for steps", hint: "name a setting as 'x'")
      }
      if logarithmic.contains("y") || logarithmic.contains("x") {
        refuse(
          "log", "bars start at 0, which a logarithmic axis does not have",
          hint: "kind: scatter has one")
      }
      refuse("band", "bars have the interval over seeds at their ends, and no band")
    case .heatmap:
      if color?.isMetric != true {
        diagnostics.error(
          "a heat map needs a metric as 'color'", at: values.place("color"),
          hint: "x and y are the settings, color what came out")
      }
      if hasX, x.isAlongRuns || x.isMetric {
        refuse("x", "a heat map needs a setting or attribute as 'x'")
      } else if !hasX {
        diagnostics.error("a heat map needs 'x'", at: values.place)
      }
      if let y, y.isMetric { refuse("y", "a heat map needs a setting or attribute as 'y'") }
      refuse("facet", "a heat map has one panel", hint: "make a cell for each value, with 'where'")
      refuse("band", "a heat map has no band; cells say the interval")
      refuse("colors", "a heat map's colours are those of its scale")
    case .parallel:
      if let y, !y.isMetric { refuse("y", "the last of the parallel axes is a metric") }
      for key in ["x", "color", "colors", "facet", "band", "xlabel"] {
        refuse(key, "parallel coordinates have no '\(key)': every line is coloured by 'y'")
      }
    }
    if plotKind != .parallel {
      refuse("axes", "'axes' belongs to kind: parallel")
    }
    if plotKind != .line { refuse("smooth", "'smooth' is for curves along a run's steps") }
    if logarithmic.contains("color"), plotKind != .heatmap, color?.isNumeric != true {
      refuse("log", "a logarithmic scale needs numbers as 'color'")
    }
    if let facet, facet.isMetric {
      refuse("facet", "a panel for each value of a metric would be one panel per run")
    }
  }

  private func checkTrace(_ values: CellValues, into diagnostics: inout Diagnostics) {
    guard isTrace else { return }
    if plotKind != .line {
      diagnostics.error(
        "'trace' joins the steps of each run by a line, which kind: \(plotKind.rawValue) does not have",
        at: values.place("kind"), hint: "leave out kind, or trace")
      return
    }
    if !x.isMetric {
      diagnostics.error(
        "'trace' needs a metric as 'x'\(values.has("x") ? "; \(quoted(x.name)) is none" : "")",
        at: values.has("x") ? values.place("x") : values.place("trace"),
        hint: x.isAlongRuns
          ? "name one, like x: eval/loss; over steps a metric is a curve without 'trace'"
          : "name one, like x: eval/loss, or leave out trace")
    }
    if values.has("band") {
      diagnostics.error(
        "'trace' draws a line a run, and no band: the ways of several runs have no mean at one 'x'",
        at: values.place("band"), hint: "leave out band; color tells settings apart")
    }
  }
}
