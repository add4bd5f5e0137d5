package import Diffusion

extension DataSummary {
  /// All of it on one line: `60,000 of 60,000 images 28×28×1 from …, 10 classes; 54,000 to train on, 6,000
  /// held out (last tenth)`, and after that whatever else became of the source's files.
  package var text: String {
    let place = path ?? source
    let size =
      isImage ? "\(height)×\(width)×\(channels)" : "of \(Self.grouped(channels)) dimensions"
    let what = isImage ? "images" : "vectors"
    var text =
      rule == .drawn
      ? "\(Self.grouped(used)) synthetic \(what) \(size) from \(place)"
      : "\(Self.grouped(used)) of \(Self.grouped(images)) \(what) \(size) from \(place)"
    text +=
      classes.isEmpty ? ", no classes" : ", \(Self.counted(classes.count, "class", "classes"))"
    text +=
      "; \(Self.grouped(training)) to train on, \(Self.grouped(heldOut)) held out (\(ruleText))"
    return ([text] + remarks).joined(separator: "; ")
  }

  /// The rule, in the words of the file: what is trained on may be the images for testing.
  package var ruleText: String {
    let rule = heldOutFolder.map { "its own folder \($0)" } ?? rule.rawValue
    return split == .train ? rule : "\(rule); trained on are those for testing"
  }

  /// What a person might not expect.
  package var remarks: [String] {
    var remarks: [String] = []
    if beyondLimit > 0 { remarks.append("\(Self.grouped(beyondLimit)) beyond data.limit") }
    for ignored in ignored {
      remarks.append(
        "\(ignored.counted) ignored (\(ignored.reason): "
          + ignored.examples.joined(separator: ", ") + (ignored.hasMore ? ", …)" : ")"))
    }
    for (channels, count) in storedChannels.sorted(by: { $0.key < $1.key })
    where channels != self.channels {
      let images = Self.counted(count, "image", "images")
      remarks.append(
        self.channels == 1
          ? "\(images) of \(channels) channels turned grey"
          : channels == 1
            ? "\(images) \(count == 1 ? "is" : "are") grey, repeated in \(self.channels) channels"
            : "\(images) of \(channels) channels brought to \(self.channels)")
    }
    if let end = brighterEnd, let stored = storedRange {
      remarks.append(
        "dark: values end at \(Self.grouped(Int(stored.upper))) of 255; data.range: [0, \(end)] would "
          + "scale them")
    }
    let untrained = classes.indices.filter { classes[$0].training == 0 }
    if !untrained.isEmpty { remarks.append("none to train on of \(names(untrained))") }
    let unheld = classes.indices.filter { classes[$0].heldOut == 0 && classes[$0].training > 0 }
    if !unheld.isEmpty { remarks.append("none held out of \(names(unheld))") }
    return remarks
  }

  /// A class by its name, or else its number.
  package func className(_ label: Int) -> String {
    classes[label].name ?? String(label)
  }

  /// What the store keeps with a run's attempt.
  package var facts: [String: String] {
    var facts = ["data.summary": text]
    guard !classes.isEmpty else { return facts }
    let shown = classes.count <= 24 ? classes.count : 20
    facts["data.classes"] =
      (0..<shown).map {
        "\(className($0)) \(Self.grouped(classes[$0].training)) + "
          + Self.grouped(classes[$0].heldOut)
      }.joined(separator: ", ")
      + (classes.count > shown ? ", and \(classes.count - shown) more" : "")
    return facts
  }

  package static func isFact(_ key: String) -> Bool { key.hasPrefix("data.") }

  private func names(_ labels: [Int]) -> String {
    let shown = labels.count <= 5 ? labels : Array(labels.prefix(4))
    return (labels.count == 1 ? "class " : "classes ")
      + shown.map(className).joined(separator: ", ")
      + (labels.count > shown.count ? " and \(labels.count - shown.count) more" : "")
  }

  /// `54,000`
  package static func grouped(_ number: Int) -> String {
    let digits = String(number)
    var text = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return text
  }

  fileprivate static func counted(_ count: Int, _ one: String, _ many: String) -> String {
    "\(grouped(count)) \(count == 1 ? one : many)"
  }
}

extension DataSummary.Ignored {
  /// `12 files`
  package var counted: String {
    DataSummary.counted(count, String(unit.rawValue.dropLast()), unit.rawValue)
  }
}
