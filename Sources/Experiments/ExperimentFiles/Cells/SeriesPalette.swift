/// The colours that tell series apart: those of Okabe & Ito (2008), without the yellow and the black.
package enum SeriesPalette {
  /// In the palette's order.
  package static let names = ["blue", "vermilion", "green", "purple", "sky", "orange"]

  /// Places in the palette for names in their order: those that are chosen, and for the others what is left, in turn.
  package static func places(of names: [String], chosen: [String: Int]) -> [Int] {
    let taken = Set(names.compactMap { chosen[$0] })
    guard !taken.isEmpty else { return Array(names.indices) }
    let free = self.names.indices.filter { !taken.contains($0) }
    var others = 0
    return names.map { name in
      if let place = chosen[name] { return place }
      defer { others += 1 }
      // Where every colour is taken, the next round of them, with other dashes.
      guard !free.isEmpty else { return self.names.count + others }
      return free[others % free.count] + others / free.count * self.names.count
    }
  }
}
