private import Kernels

/// Which images of a source without test images of its own train, and which are held out: places in
/// file order.
///
/// The last tenth is held out, at least 1 and at most 10,000, wherever that leaves each class images on
/// both sides, and where there are no classes. Elsewhere, in a file sorted by class say, a tenth of each
/// class is, chosen by a fixed seed; both parts then go through the classes in turn, so that a limit
/// leaves every class.
struct HeldOutSplit: Equatable {
  var training: [Int]
  var heldOut: [Int]
  var rule: DataSummary.Rule

  /// Of the choice within a class; a value once used never changes.
  private static let seed: UInt64 = 0x4845_4C44

  /// How many of `count` are held out.
  static func share(of count: Int) -> Int {
    min(count, max(1, min(10_000, count / 10)))
  }

  /// - Parameters:
  ///   - labels: one an image, 0 ..< classes; empty: no classes.
  ///   - name: of a class, for errors.
  /// - Throws: `badInput` if there is one image, or a class of one.
  init(
    count: Int, labels: [Int32], classes: Int, file: String, className: (Int) -> String
  ) throws(DiffusionError) {
    guard count > 1 else {
      throw DiffusionError(
        .badInput,
        "\(file): holds \(count) image, expected at least 2: the last tenth is held out for testing"
      )
    }
    let first = count - Self.share(of: count)
    training = Array(0..<first)
    heldOut = Array(first..<count)
    rule = .lastTenth
    guard !labels.isEmpty else { return }
    var places = [[Int]](repeating: [], count: classes)
    for (place, label) in labels.enumerated() { places[Int(label)].append(place) }
    let isOnBothSides = places.allSatisfy { $0.isEmpty || ($0[0] < first && $0.last! >= first) }
    if isOnBothSides { return }

    let single = places.indices.filter { places[$0].count == 1 }
    guard single.isEmpty else {
      throw Self.tooFew(single.map(className), file: file)
    }
    var parts: (training: [[Int]], heldOut: [[Int]]) = ([], [])
    let random = CounterRandom(seed: Self.seed)
    for (label, members) in places.enumerated() where !members.isEmpty {
      // All classes together hold out no more than 10,000, but for one of each.
      let share = max(1, min(members.count / 10, members.count * 10_000 / count))
      let order = random.permutation(
        count: members.count, image: label, step: 0, purpose: .heldOut)
      let chosen = Set(order.suffix(share))
      parts.training.append(members.indices.filter { !chosen.contains($0) }.map { members[$0] })
      parts.heldOut.append(members.indices.filter(chosen.contains).map { members[$0] })
    }
    training = Self.inTurn(parts.training)
    heldOut = Self.inTurn(parts.heldOut)
    rule = .tenthOfEachClass
  }

  /// The first of each group, then the second of each, and so on.
  static func inTurn<Element>(_ groups: [[Element]]) -> [Element] {
    let longest = groups.reduce(0) { max($0, $1.count) }
    var all: [Element] = []
    all.reserveCapacity(groups.reduce(0) { $0 + $1.count })
    for place in 0..<longest {
      for group in groups where place < group.count { all.append(group[place]) }
    }
    return all
  }

  /// - Parameter names: of classes with one image.
  static func tooFew(_ names: [String], file: String) -> DiffusionError {
    let shown = names.prefix(5).joined(separator: ", ")
    let more = names.count > 5 ? " and \(names.count - 5) more" : ""
    return DiffusionError(
      .badInput,
      names.count == 1
        ? "\(file): class \(shown) has 1 image, which would be held out for testing and leave none to "
          + "train on: add images to it, remove the class, or give images for testing (data.test)"
        : "\(file): classes \(shown)\(more) have 1 image each, which would be held out for testing and "
          + "leave none to train on: add images to them, remove them, or give images for testing "
          + "(data.test)")
  }
}
