/// Points of one's own: CSV, a line a point, or a NumPy array (N, D).
///
/// Every dimension is centred on the middle of its range, and all are divided by half of the widest one: the points lie
/// in [−1, 1] and keep their proportions. With `data.range` the two values become −1 and 1 instead, and what lies outside
/// them stays outside.
enum PointFile {
  /// Headings of the class, where `data.label_array` names none: `y` is a coordinate.
  private static let labelNames: Set<String> = ["label", "labels", "class", "target"]

  /// nil: the points are made up.
  /// - Throws: `badInput` if neither a shape nor a file is given, or both; as ``read(_:label:range:)``.
  static func source(
    _ shape: PointShape?, path: String?, label: String?, _ settings: DataSettings
  ) throws(DiffusionError) -> SplitSource? {
    guard (shape == nil) != (path == nil) else {
      throw DiffusionError(
        .badInput,
        shape == nil
          ? "points: neither data.shape nor data.path is given: name a shape or a file"
          : "points: data.shape \(shape?.rawValue ?? "") and data.path \(path ?? "") exclude each other: "
            + "keep one")
    }
    guard let path else { return nil }
    let points = try read(
      path, label: label, range: settings.range, conditions: settings.conditions)
    return try SplitSource(SourceData(images: points), settings, file: path)
  }

  /// - Parameters:
  ///   - label: the column of the class: its name in the heading of a CSV, `first`, `last` or
  ///     ``DataSettings/noLabels``; nil: the one that a heading calls so, if any.
  ///   - range: the values that become −1 and 1; nil: see above.
  ///   - conditions: columns that are no coordinates but come with each point: by the heading, or counted from 1 where
  ///     there is none.
  /// - Throws: `notFound`, `inputOutput`, `badInput`.
  static func read(
    _ path: String, label: String?, range: DataSettings.ValueRange?, conditions: [String] = []
  ) throws(DiffusionError) -> RawData {
    guard !path.hasSuffix(".npz") else {
      throw DiffusionError(
        .badInput,
        "\(path): points are read from a CSV or a .npy file, not from a .npz: save one array by itself"
      )
    }
    var table = path.hasSuffix(".npy") ? try array(path) : try csv(path)
    let column = try labelColumn(label, table, path: path)
    var labels: [Int32] = []
    if let column { labels = try CSV.classes(table.column(column), path: path) }
    let told = try conditionColumns(conditions, table, label: column, path: path)
    let columns = told.map(table.column)
    for place in Set(told + (column.map { [$0] } ?? [])).sorted().reversed() { table.remove(place) }
    guard table.columns > 0 else {
      throw DiffusionError(
        .badInput,
        conditions.isEmpty
          ? "\(path): holds classes alone, expected a column for each dimension"
          : "\(path): data.conditions leaves no column for the points' coordinates")
    }
    guard table.columns <= MixtureParameters.mostDimensions else {
      throw DiffusionError(
        .badInput,
        "\(path): has \(table.columns) dimensions, expected at most "
          + "\(MixtureParameters.mostDimensions)")
    }
    let stored = StoredValues(.floats(table.values.map { Float($0) }))
    var data = RawData(
      name: "points", height: 1, width: 1, channels: table.columns,
      values: .floats(try table.scaled(to: range, path: path)), isImage: false,
      storedValues: stored)
    data.labels = labels
    data.conditionNames = conditions
    data.conditions = (columns.first ?? []).indices.flatMap { row in
      columns.map { Float($0[row]) }
    }
    data.classes = Int(labels.max() ?? -1) + 1
    return data
  }

  private static func labelColumn(
    _ label: String?, _ table: Table, path: String
  ) throws(DiffusionError) -> Int? {
    guard let label else {
      return table.names.firstIndex { labelNames.contains($0.lowercased()) }
    }
    if let place = table.names.firstIndex(of: label) { return place }
    switch label {
    case DataSettings.noLabels: return nil
    case "first": return 0
    case "last": return table.columns - 1
    default:
      throw DiffusionError(
        .badInput,
        (table.names.isEmpty
          ? "\(path): has no heading that would name a column \(label)"
          : "\(path): its heading (\(table.names.joined(separator: ", "))) names no column \(label)")
          + ": set data.label_array: first, last or none")
    }
  }

  private static func conditionColumns(
    _ names: [String], _ table: Table, label: Int?, path: String
  ) throws(DiffusionError) -> [Int] {
    var places: [Int] = []
    for name in names {
      let number = table.names.isEmpty ? Int(name).map { $0 - 1 } : nil
      guard
        let place = table.names.firstIndex(of: name)
          ?? number.flatMap({ (0..<table.columns).contains($0) ? $0 : nil })
      else {
        throw DiffusionError(
          .badInput,
          "\(path): data.conditions names a column \(name), expected "
            + (table.names.isEmpty
              ? "the number of one, 1 to \(table.columns), since there is no heading"
              : "one of its heading: \(table.names.joined(separator: ", "))"))
      }
      guard place != label, !places.contains(place) else {
        throw DiffusionError(
          .badInput,
          "\(path): data.conditions names the column \(name), which "
            + (place == label ? "is the class" : "it has named before") + ": leave it out")
      }
      places.append(place)
    }
    return places
  }

  // MARK: Files

  private static func array(_ path: String) throws(DiffusionError) -> Table {
    let array = try NPY.array(path)
    guard array.shape.count == 2, array.shape[0] > 0, array.shape[1] > 0 else {
      throw DiffusionError(
        .badInput, "\(path): its shape is \(array.shape), expected (N, D): points and dimensions")
    }
    var values = [Double](repeating: 0, count: array.count)
    array.inCOrder().visit { values[$0] = $1 }
    return try Table(columns: array.shape[1], values: values, path: path)
  }

  private static func csv(_ path: String) throws(DiffusionError) -> Table {
    var rows = CSV.Rows(try DataFile(path).readToEnd())
    var names: [String] = []
    var columns = 0
    var values: [Double] = []
    while rows.next() {
      let row = rows.row
      if columns == 0 {
        columns = row.fields.count
        if row.fields.contains(where: { rows.number($0) == nil }) {
          names = row.fields.map(rows.text)
          continue
        }
      }
      guard row.fields.count == columns else {
        throw DiffusionError(
          .badInput,
          "\(path): line \(row.line) has \(row.fields.count) columns, expected \(columns) as the first"
        )
      }
      for (column, field) in row.fields.enumerated() {
        guard let value = rows.number(field) else {
          throw DiffusionError(
            .badInput,
            "\(path): line \(row.line), column \(column + 1): \(rows.shown(field)) is not a number")
        }
        values.append(value)
      }
    }
    guard !values.isEmpty else {
      throw DiffusionError(.badInput, "\(path): holds no line of numbers")
    }
    return try Table(columns: columns, names: names, values: values, path: path)
  }

  /// Numbers in rows.
  private struct Table {
    private(set) var columns: Int
    /// Of the columns; empty: they have none.
    private(set) var names: [String] = []
    /// (rows, columns)
    private(set) var values: [Double]

    init(
      columns: Int, names: [String] = [], values: [Double], path: String
    ) throws(DiffusionError) {
      // Beyond what a float holds there is no point.
      if let place = values.firstIndex(where: { !Float($0).isFinite }) {
        throw DiffusionError(
          .badInput,
          "\(path): point \(place / columns), column \(place % columns + 1) is \(plain(values[place])), "
            + "expected finite numbers")
      }
      self.columns = columns
      self.names = names
      self.values = values
    }

    func column(_ place: Int) -> [Double] {
      stride(from: place, to: values.count, by: columns).map { values[$0] }
    }

    mutating func remove(_ place: Int) {
      let columns = columns
      values = values.enumerated().lazy.filter { $0.offset % columns != place }.map(\.element)
      self.columns -= 1
      if !names.isEmpty { names.remove(at: place) }
    }

    func scaled(
      to range: DataSettings.ValueRange?, path: String
    ) throws(DiffusionError) -> [Float] {
      if let range {
        let span = range.upper - range.lower
        return values.map { Float(2 * ($0 - range.lower) / span - 1) }
      }
      var bounds = [(low: Double, high: Double)](
        repeating: (.infinity, -.infinity), count: columns)
      for (place, value) in values.enumerated() {
        let column = place % columns
        bounds[column] = (min(bounds[column].low, value), max(bounds[column].high, value))
      }
      let half = bounds.reduce(0) { max($0, ($1.high - $1.low) / 2) }
      guard half > 0 else {
        throw DiffusionError(.badInput, "\(path): all its points are the same")
      }
      return values.enumerated().map { place, value in
        let bound = bounds[place % columns]
        return Float((value - (bound.low + bound.high) / 2) / half)
      }
    }
  }
}
