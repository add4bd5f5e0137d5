/// Hashes as people see them.
package enum ShortID {
  package static let minimumLength = 8

  /// The shortest prefix length, at least 8, at which all different ids differ.
  package static func length(for ids: some Collection<String>) -> Int {
    let sorted = Set(ids).sorted()
    var length = minimumLength
    for (a, b) in zip(sorted, sorted.dropFirst()) {
      let shared = zip(a.utf8, b.utf8).prefix { $0 == $1 }.count
      length = max(length, shared + 1)
    }
    return length
  }
}
