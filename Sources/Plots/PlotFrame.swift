/// A plot's area in pixels and the scales that fill it.
struct PlotFrame {
  var left, right, top, bottom: Double
  var x, y: AxisScale
  /// Pixels between the frame and the outermost x, so that no mark is cut.
  var inset = 0.0
  /// What the x axis shows while curves grow; nil: as far as they go.
  var extent: ClosedRange<Double>?

  /// Left, right, top and bottom, then of x and y the kind and where the axis begins and ends.
  var description: String {
    func text(_ scale: AxisScale) -> String {
      "\(scale.kind == .logarithmic ? "log" : "linear") \(scale.low) \(scale.high)"
    }
    return "\(left + inset) \(right - inset) \(top) \(bottom) \(text(x)) \(text(y))"
  }

  /// nil where a coordinate has no place: NaN, or not above 0 on a logarithmic axis.
  func place(_ point: Point) -> Point? {
    guard let x = placeX(point.x),
      let y = y.position(point.y, from: bottom, to: top)
    else { return nil }
    return Point(x, y)
  }

  func placeX(_ value: Double) -> Double? {
    x.position(value, from: left + inset, to: right - inset)
  }

  /// The curve in pixels, cut where it has gaps; at most two points a bin.
  func pieces(_ curve: Curve, bins: Int? = nil) -> [[Point]] {
    var pieces: [[Point]] = [[]]
    for point in curve.decimated(bins: bins ?? Int(right - left), over: extent).points {
      if let place = place(point) {
        pieces[pieces.count - 1].append(place)
      } else if !pieces[pieces.count - 1].isEmpty {
        pieces.append([])
      }
    }
    return pieces
  }

  /// Areas between two curves over the same x, in pixels; where either has a gap, so has the area.
  /// Where there are more points than bins, a bin reaches from its lowest to its highest.
  func areas(_ low: Curve, _ high: Curve, bins: Int) -> [[Point]] {
    let count = min(low.points.count, high.points.count)
    let size = max(1, (count + bins - 1) / max(1, bins))
    var areas: [[Point]] = []
    var upper: [Point] = []
    var lower: [Point] = []
    for start in stride(from: 0, to: count, by: size) {
      let bin = start..<min(count, start + size)
      let isGap = bin.contains { low.points[$0].y.isNaN || high.points[$0].y.isNaN }
      let place = start == 0 ? start : bin.upperBound == count ? count - 1 : start + bin.count / 2
      let x = high.points[place].x
      let top = bin.map { high.points[$0].y }.max() ?? .nan
      if !isGap, let above = self.place(Point(x, top)) {
        upper.append(above)
        // What reaches to 0 or below on a logarithmic axis reaches to its foot.
        let least = bin.map { low.points[$0].y }.min() ?? .nan
        lower.append(self.place(Point(x, least)) ?? Point(above.x, bottom))
      } else {
        if upper.count > 1 { areas.append(upper + lower.reversed()) }
        upper = []
        lower = []
      }
    }
    if upper.count > 1 { areas.append(upper + lower.reversed()) }
    return areas
  }

  // MARK: - Axes

  /// Grid lines across, a line below, ticks.
  func drawAxes(on canvas: inout SVGCanvas, labelsX: Bool = true, labelsY: Bool = true) {
    for tick in y.ticks {
      guard let place = y.position(tick.value, from: bottom, to: top) else { continue }
      canvas.line(left, place, right, place, class: "grid")
      if labelsY, let label = tick.label {
        canvas.text(label, x: left - 7, y: place + 4.3, anchor: .end, class: "muted")
      }
    }
    canvas.line(left, bottom, right, bottom, class: "axis")
    let labels = x.labels(width: right - left, left: left)
    for (tick, label) in zip(x.ticks, labels) {
      guard let place = placeX(tick.value) else { continue }
      canvas.line(place, bottom, place, bottom + 4, class: "axis")
      guard labelsX, let label else { continue }
      if x.slants(width: right - left) {
        canvas.text(
          label, x: place + 4, y: bottom + 15, anchor: .end, class: "muted",
          angle: AxisScale.slant)
      } else {
        canvas.text(label, x: place, y: bottom + 18, anchor: .middle, class: "muted")
      }
    }
  }
}

extension AxisScale {
  /// Of slanting labels, in degrees.
  package static let slant = -35.0
  private static let widestSlanted = 150.0

  /// Names side by side, first to last, each in a slot of the same width.
  package static func categories(_ names: [String]) -> AxisScale {
    AxisScale(
      kind: .linear, low: -0.5, high: max(0.5, Double(names.count) - 0.5),
      ticks: names.enumerated().map { Tick(value: Double($0), label: $1) }, isCategorical: true)
  }

  /// Whether the names of categories have to slant to fit side by side.
  package func slants(width: Double) -> Bool {
    guard isCategorical else { return false }
    let slot = width / Double(max(1, ticks.count))
    return ticks.contains { TextWidth.estimate($0.label ?? "") > slot - 6 }
  }

  /// What to write at each tick of a horizontal axis that begins at `left`; nil where there is no
  /// room.
  package func labels(width: Double, left: Double) -> [String?] {
    guard !isCategorical else {
      guard slants(width: width) else { return ticks.map(\.label) }
      return ticks.map { tick in
        // Slanting names end at their tick and must not begin left of the picture.
        let place = position(tick.value, from: left, to: left + width) ?? left
        let room = min(Self.widestSlanted, (place - 2) / 0.819)  // cos 35°
        return tick.label.map { TextWidth.fitted($0, width: room) }
      }
    }
    let all = spaced(ticks.map(\.label), width: width)
    guard kind == .logarithmic, all != ticks.map(\.label) else { return all }
    // Rather the powers of ten alone than whatever happens to fit.
    let powers = ticks.map { tick -> String? in
      let exponent = decimalLogarithm(tick.value)
      return abs(exponent - exponent.rounded()) < 1e-6 ? tick.label : nil
    }
    return powers.count { $0 != nil } > 1 ? spaced(powers, width: width) : all
  }

  /// The labels that do not run into the one before.
  private func spaced(_ labels: [String?], width: Double) -> [String?] {
    var end = -Double.infinity
    return zip(ticks, labels).map { tick, label in
      guard let label, let place = position(tick.value, from: 0, to: width) else { return nil }
      let half = TextWidth.estimate(label) / 2
      guard place - half > end + 5 else { return nil }
      end = place + half
      return label
    }
  }

  /// Pixels that the labels of a horizontal axis take below it.
  package func labelHeight(width: Double) -> Double {
    guard slants(width: width) else { return 22 }
    let longest = min(
      Self.widestSlanted, ticks.map { TextWidth.estimate($0.label ?? "") }.max() ?? 0)
    return 14 + longest * 0.574 + 8  // sin 35°
  }
}
