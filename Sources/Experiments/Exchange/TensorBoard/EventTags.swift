/// Tags of one run's events: a metric, a text and a picture of one name stay three, since TensorBoard
/// takes all values of a tag for the kind of the first.
struct EventTags {
  private var taken: Set<String>

  init(metrics: some Sequence<String>) { taken = Set(metrics) }

  /// A text's; metrics have theirs already.
  mutating func text(_ name: String) -> String {
    let tag = free(name, "text")
    taken.insert(tag)
    return tag
  }

  /// That of pictures of one name, which share it.
  func picture(_ name: String) -> String { free(name, "picture") }

  private func free(_ name: String, _ kind: String) -> String {
    var tag = name
    while taken.contains(tag) { tag += " (\(kind))" }
    return tag
  }
}
