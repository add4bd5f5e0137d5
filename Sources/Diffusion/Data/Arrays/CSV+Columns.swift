extension CSV {
  /// What the columns of a file are.
  ///
  /// The class is in the column that `data.label_array` says, or that is called so by one of ``labelNames``. Else, where
  /// the others are as many as an image's pixels and all together are not, it is in the first if the heading calls that,
  /// and only that, by a name without a number; without a heading in the first, where the values bear it out, see
  /// ``requireClassFirst(_:_:path:)``.
  struct Columns {
    var count: Int
    /// nil: no classes.
    var label: Int?
    /// Of `data.conditions`, in their order.
    var told: [Int] = []
    var hasHeading: Bool
    /// The class is taken to be the first column for want of a heading.
    var isFirstUnlessLast = false
    var side: Int
    var channels: Int

    private static let labelNames: Set<String> = [
      "label", "labels", "class", "target", "y", "digit",
    ]
    /// Of columns that count lines.
    private static let counterNames: Set<String> = ["", "id", "index", "idx"]

    /// - Parameter rows: at the first line.
    /// - Throws: `badInput` if they are no image's, or the class may be in one of several.
    init(
      _ rows: Rows, label: String?, conditions: [String] = [], path: String
    ) throws(DiffusionError) {
      try Self.requireForm(rows, path: path)
      let row = rows.row.fields
      count = row.count
      hasHeading =
        row.contains { rows.number($0) == nil }
        || count > 16 && row.enumerated().allSatisfy { rows.number($1) == Double($0) }
      let all = hasHeading ? row.map(rows.text) : []
      let told = try Self.told(conditions, all, path: path)
      // What is said of the class below holds for the other columns.
      let kept = row.indices.filter { !told.contains($0) }
      let (names, count) = (hasHeading ? kept.map { all[$0] } : [], kept.count)
      if let label {
        self.label = try Self.place(label, names, count: count, path: path)
      } else if let place = names.firstIndex(where: { Self.labelNames.contains($0.lowercased()) }) {
        self.label = place
      } else if hasHeading {
        self.label = try Self.found(in: names, path: path)
      } else if Self.shape(count - 1) != nil, Self.shape(count)?.channels != 1 {
        self.label = 0
        isFirstUnlessLast = true
      }
      guard let shape = Self.shape(count - (self.label == nil ? 0 : 1)) else {
        throw DiffusionError(
          .badInput,
          "\(path): \(count) columns\(self.label == nil ? "" : ", one of them the class"): expected the "
            + "pixels of a square image, grey or in colour, and perhaps a class beside them, for instance "
            + "785 for 28×28")
      }
      (side, channels) = shape
      self.told = told
      if let label = self.label { self.label = kept[label] }
    }

    /// Of a square image of `count` numbers; nil: there is none.
    private static func shape(_ count: Int) -> (side: Int, channels: Int)? {
      for channels in [1, 3] where count > 1 && count % channels == 0 {
        if let side = ImageNumbers.side(count / channels) { return (side, channels) }
      }
      return nil
    }

    /// Of the columns that come with each image.
    private static func told(
      _ conditions: [String], _ names: [String], path: String
    ) throws(DiffusionError) -> [Int] {
      var places: [Int] = []
      for name in conditions {
        guard let place = names.firstIndex(of: name), !places.contains(place) else {
          throw DiffusionError(
            .badInput,
            "\(path): data.conditions names a column \(name), "
              + (conditions.count { $0 == name } > 1
                ? "which it has named before: leave it out"
                : names.isEmpty
                  ? "and there is no heading that would name one"
                  : "and its heading (\(shown(names))) names none so"))
        }
        places.append(place)
      }
      return places
    }

    /// Of the column that is asked for.
    private static func place(
      _ label: String, _ names: [String], count: Int, path: String
    ) throws(DiffusionError) -> Int? {
      if let place = names.firstIndex(of: label) { return place }
      switch label {
      case DataSettings.noLabels: return nil
      case "first": return 0
      case "last": return count - 1
      default:
        throw DiffusionError(
          .badInput,
          names.isEmpty
            ? "\(path): has no heading that would name a column \(label): set data.label_array: first, "
              + "last or none"
            : "\(path): its heading (\(shown(names))) names no column \(label): set data.label_array and "
              + "one of its names, first, last or none")
      }
    }

    /// By a heading that calls no column a class.
    private static func found(in names: [String], path: String) throws(DiffusionError) -> Int? {
      let fits = (all: shape(names.count) != nil, butOne: shape(names.count - 1) != nil)
      let isGrey = shape(names.count)?.channels == 1
      // Pixels have numbers.
      let odd = names.indices.filter { !names[$0].contains(where: \.isNumber) }
      let isMixed = !odd.isEmpty && odd.count < names.count
      guard isMixed || fits.butOne && !isGrey, fits.butOne || fits.all else { return nil }
      if odd == [0], fits.butOne, !isGrey, !counterNames.contains(names[0].lowercased()) {
        return 0
      }
      let one = odd.count == 1 && fits.butOne ? "data.label_array: \(names[odd[0]])" : nil
      throw DiffusionError(
        .badInput,
        "\(path): which of its columns (\(shown(names))) is the class? Set "
          + (one ?? "data.label_array and its name, first or last")
          + (fits.all
            ? ", or data.label_array: none" : one == nil ? "" : ", or remove that column"))
    }

    private static func shown(_ names: [String]) -> String {
      names.count > 4
        ? "\(names[0]), \(names[1]), …, \(names[names.count - 1])" : names.joined(separator: ", ")
    }

    /// - Throws: `badInput` if columns are not separated by commas, or one holds all pixels.
    private static func requireForm(_ rows: Rows, path: String) throws(DiffusionError) {
      if rows.row.fields.count == 1 {
        let text = rows.text(rows.row.fields[0])
        for (separator, name) in [
          (";", "semicolons"), ("\t", "tabs"), (" ", "spaces"), ("|", "bars"),
        ]
        where text.contains(separator) {
          throw DiffusionError(
            .badInput,
            "\(path): line \(rows.row.line) is separated by \(name), expected commas")
        }
      }
      var next = rows
      for rows in next.next() ? [rows, next] : [rows] {
        for (column, field) in rows.row.fields.enumerated() {
          let numbers = rows.text(field).split(separator: " ")
          guard numbers.count > 3, numbers.allSatisfy({ Double($0) != nil }) else { continue }
          throw DiffusionError(
            .badInput,
            "\(path): line \(rows.row.line), column \(column + 1) holds \(numbers.count) numbers "
              + "separated by spaces, as FER-2013 has its pixels: expected one column per pixel; write them "
              + "so, or as a NumPy array")
        }
      }
    }
  }

  /// Without a heading the first column is the class where it can be and the last cannot.
  ///
  /// - Parameters:
  ///   - labels: the first column.
  ///   - values: all others.
  /// - Throws: `badInput`, a question, if the first is the same everywhere, or the last looks like a class too, or more so.
  static func requireClassFirst(
    _ labels: [Double], _ values: [Float], path: String
  ) throws(DiffusionError) {
    let width = values.count / labels.count
    let last = stride(from: width - 1, to: values.count, by: width).map { Double(values[$0]) }
    var brightest = -Float.infinity
    for (place, value) in values.enumerated() where place % width != width - 1 {
      brightest = max(brightest, value)
    }
    let (first, other) = (LabelEvidence(labels), LabelEvidence(last))
    // As bright as the brightest pixel is a pixel.
    let isOther =
      other.areWhole && other.kinds > 1 && !other.areSingle && other.greatest < Double(brightest)
      && (other.isGapless || !first.isGapless && other.kinds < first.kinds)
    guard isOther || first.kinds == 1 && labels.count > 1 else { return }
    throw DiffusionError(
      .badInput,
      "\(path): has no heading: is the class in the first column (\(first.text)) or in the last "
        + "(\(other.text))? Set data.label_array: first, or data.label_array: last")
  }

  /// What speaks for a column being the class.
  private struct LabelEvidence {
    let areWhole: Bool
    /// How many different numbers.
    let kinds: Int
    /// From 0 or 1 on, each number up to the greatest.
    let isGapless: Bool
    /// Some number is there once only.
    let areSingle: Bool
    let least: Double
    let greatest: Double

    init(_ column: [Double]) {
      let counts = column.reduce(into: [Double: Int]()) { $0[$1, default: 0] += 1 }
      (least, greatest) = (counts.keys.min() ?? 0, counts.keys.max() ?? 0)
      kinds = counts.count
      areWhole =
        least >= 0 && greatest < Double(NumberArray.mostClasses)
        && counts.keys.allSatisfy { $0 == $0.rounded() }
      isGapless = areWhole && least <= 1 && greatest - least + 1 == Double(kinds)
      areSingle = counts.values.contains(1)
    }

    var text: String {
      kinds == 1
        ? "always \(plain(least))" : "\(kinds) values, \(plain(least)) to \(plain(greatest))"
    }
  }
}
