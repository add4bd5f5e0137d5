/// "Did you mean …?"
package enum Suggestion {
  /// The candidate nearest to the word, if it is near enough to be meant.
  package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let folded = fold(word)
    // `max` is the beginning of one candidate and no other.
    let begun = candidates.filter { folded.count >= 3 && fold($0).starts(with: folded) }
    if begun.count == 1 { return begun[0] }
    let limit = max(1, folded.count / 3)
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(folded, fold(candidate))
      if distance <= limit, distance < best?.distance ?? .max {
        best = (candidate, distance)
      }
    }
    return best?.candidate
  }

  /// nil where none is near enough.
  package static func hint(for word: String, among candidates: some Sequence<String>) -> String? {
    nearest(to: word, among: candidates).map { "did you mean '\($0)'?" }
  }

  /// `baseChannels`, `base-channels` and `base_channels` are one word.
  private static func fold(_ word: String) -> [Character] {
    Array(word.lowercased().filter { $0 != "_" && $0 != "-" }.prefix(100))
  }

  /// Edits (insert, delete, replace, swap neighbours) from one word to the other
  /// (optimal string alignment).
  package static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var older = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in a.indices {
      var row = [Int](repeating: i + 1, count: b.count + 1)
      for j in b.indices {
        row[j + 1] = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          row[j + 1] = min(row[j + 1], older[j - 1] + 1)
        }
      }
      older = previous
      previous = row
    }
    return previous[b.count]
  }
}
