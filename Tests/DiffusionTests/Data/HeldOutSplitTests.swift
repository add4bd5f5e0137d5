import Testing

@testable import Diffusion

@Suite struct HeldOutSplitTests {
  private func split(_ labels: [Int32], count: Int? = nil) throws(DiffusionError) -> HeldOutSplit {
    try HeldOutSplit(
      count: count ?? labels.count, labels: labels, classes: Int(labels.max() ?? -1) + 1,
      file: "labels", className: { "class \($0)" })
  }

  @Test func withoutClassesTheLastTenthIsHeldOut() throws {
    for (count, held) in [(2, 1), (9, 1), (20, 2), (29, 2), (99_999, 9_999), (300_000, 10_000)] {
      let split = try split([], count: count)
      #expect(split.rule == .lastTenth)
      #expect(split.training == Array(0..<count - held))
      #expect(split.heldOut == Array(count - held..<count))
    }
  }

  @Test func shuffledClassesKeepTheLastTenth() throws {
    // Ten classes in turn: the last twenty have two of each.
    let split = try split((0..<200).map { Int32($0 % 10) })
    #expect(split.rule == .lastTenth)
    #expect(split.training == Array(0..<180) && split.heldOut == Array(180..<200))
  }

  @Test func oneClassMissingOnEitherSideIsSplitByClass() throws {
    // The last two of twenty: class 1 alone, then both.
    let both = (0..<20).map { Int32($0 % 2) }
    #expect(try split(both).rule == .lastTenth)
    #expect(try split(both.dropLast() + [0]).rule == .tenthOfEachClass)
    // Class 2 stands in the last tenth alone.
    let late = try split((0..<27).map { Int32($0 % 2) } + [2, 2, 2])
    #expect(late.rule == .tenthOfEachClass && late.training.contains { $0 >= 27 })
  }

  @Test func aSortedFileIsSplitClassByClassInTurn() throws {
    let labels = (0..<600).map { Int32($0 / 60) }
    let split = try split(labels)
    #expect(split.rule == .tenthOfEachClass)
    #expect((split.training.count, split.heldOut.count) == (540, 60))
    #expect(Set(split.training).union(split.heldOut) == Set(0..<600))
    #expect(split.training.map { labels[$0] } == (0..<540).map { Int32($0 % 10) })
    #expect(split.heldOut.map { labels[$0] } == (0..<60).map { Int32($0 % 10) })
    // In file order within a class, and not simply its last.
    for label in 0..<10 {
      let held = split.heldOut.filter { labels[$0] == label }
      #expect(held == held.sorted())
      #expect(held != Array(60 * label + 54..<60 * label + 60))
    }
    #expect(try self.split(labels) == split)
  }

  /// By Philox 4x32-10 written out in Python, keyed by 0x48454C44, purpose 14, the class as image: the last of each
  /// class's permutation (Fisher–Yates from the end). Never to change.
  @Test func theChoiceIsFixed() throws {
    let split = try split([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
    #expect(split.heldOut == [2, 5, 11])
  }

  @Test func sharesAreATenthOfEachClassAndTenThousandInAll() throws {
    // 3 of 30, 1 of 4, 1 of 2.
    let small = try split(
      [Int32](repeating: 0, count: 30) + [Int32](repeating: 1, count: 4) + [2, 2])
    let labels = small.heldOut.map { $0 < 30 ? 0 : $0 < 34 ? 1 : 2 }
    #expect(labels == [0, 1, 2, 0, 0])
    let large = try split(
      [Int32](repeating: 0, count: 200_000) + [Int32](repeating: 1, count: 100_000))
    #expect(large.heldOut.count { $0 < 200_000 } == 6_666)
    #expect(large.heldOut.count { $0 >= 200_000 } == 3_333)
  }

  @Test func aClassOfOneImageIsRefused() throws {
    let error = #expect(throws: DiffusionError.self) { try split([0, 0, 0, 1]) }
    #expect(
      error?.description
        == "labels: class class 1 has 1 image, which would be held out for testing and leave none to "
        + "train on: add images to it, remove the class, or give images for testing (data.test)")
    let two = #expect(throws: DiffusionError.self) { try split([0, 1, 2, 2, 2]) }
    #expect(
      two?.description.hasPrefix("labels: classes class 0, class 1 have 1 image each") == true)
  }
}
