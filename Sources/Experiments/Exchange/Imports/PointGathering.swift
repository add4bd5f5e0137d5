import Store

/// Which step a value gets.
package enum StepChoice: String, Sendable, CaseIterable {
  /// The source's. Of several values of a metric at one step the last that was logged is kept.
  case found
  /// The number of values of that metric before it: all are kept, in the order in which they were logged.
  case counted
}

/// Gathers a run's values as they were logged and brings them into the store's form: each step once, in order.
struct PointGathering {
  let choice: StepChoice
  private var places: [String: Int] = [:]
  private var series: [SeriesPoints] = []

  init(_ choice: StepChoice) {
    self.choice = choice
  }

  var isEmpty: Bool { series.isEmpty }

  /// The metrics so far, in the order in which they were first logged.
  var names: [String] { series.map(\.name) }

  func has(_ name: String) -> Bool { places[name] != nil }

  /// The highest step so far.
  var lastStep: Int { series.lazy.compactMap { $0.steps.max() }.max() ?? 0 }

  /// A metric's place, by which values are added quickly.
  mutating func place(_ name: String) -> Int {
    if let place = places[name] { return place }
    places[name] = series.count
    series.append(SeriesPoints(name: name))
    return series.count - 1
  }

  mutating func add(_ value: Double, at step: Int, to place: Int) {
    series[place].append(step: step, value: value)
  }

  mutating func add(_ value: Double, at step: Int, to name: String) {
    add(value, at: step, to: place(name))
  }

  /// When a step was logged, seconds since 1970. Of values that are counted it would be another step.
  mutating func tick(_ time: Double, at step: Int) {
    if choice == .found { add(time, at: step, to: RunClock.metric) }
  }

  /// Takes back what was logged from a step on, of all metrics or of one.
  /// - Returns: how many values.
  mutating func remove(from step: Int, of name: String? = nil) -> Int {
    var removed = 0
    for place in series.indices where name == nil || series[place].name == name {
      let kept = series[place].steps.indices.filter { series[place].steps[$0] < step }
      removed += series[place].steps.count - kept.count
      guard kept.count < series[place].steps.count else { continue }
      series[place] = SeriesPoints(
        name: series[place].name, steps: kept.map { series[place].steps[$0] },
        values: kept.map { series[place].values[$0] })
    }
    return removed
  }

  /// The metrics by name.
  func points(_ notices: inout ImportNotices) -> [SeriesPoints] {
    series.filter { !$0.steps.isEmpty }.sorted { $0.name < $1.name }
      .map { ordered($0, &notices) }
  }

  private func ordered(_ points: SeriesPoints, _ notices: inout ImportNotices) -> SeriesPoints {
    if choice == .counted {
      return SeriesPoints(
        name: points.name, steps: Array(points.steps.indices), values: points.values)
    }
    let steps = points.steps
    var back = 0
    var isOrdered = true
    for index in steps.indices.dropFirst() where steps[index] <= steps[index - 1] {
      isOrdered = false
      if steps[index] < steps[index - 1] { back += 1 }
    }
    if isOrdered { return points }
    var last: [Int: Int] = [:]
    last.reserveCapacity(steps.count)
    for index in steps.indices { last[steps[index]] = index }
    if points.name != RunClock.metric {
      notices.add("places where the steps of a metric go back", back)
      notices.add(
        "values at a step that has a later one, which is kept (--steps counted keeps all)",
        steps.count - last.count)
    }
    let places = last.sorted { $0.key < $1.key }.map(\.value)
    return SeriesPoints(
      name: points.name, steps: places.map { steps[$0] },
      values: places.map { points.values[$0] })
  }
}
