/// An endless sequence of points of a space, the same for the same seed.
public struct PointSequence: Sendable {
  public enum Kind: Sendable {
    /// Independent draws.
    case random
    /// Evenly spread: `SobolSequence`.
    case sobol
  }

  private let space: SearchSpace
  private let random: SearchRandom
  private let sobol: SobolSequence?

  /// - Precondition: for `sobol`, no more dimensions than `SobolSequence.maximumDimensions`.
  public init(_ kind: Kind, space: SearchSpace, seed: UInt64) {
    self.space = space
    random = SearchRandom(seed: seed, purpose: .draw)
    sobol =
      kind == .sobol ? SobolSequence(dimensions: space.dimensions.count, seed: seed) : nil
  }

  /// (dimensions): uniform numbers of (0, 1) that point number `index` is made from.
  func units(_ index: Int) -> [Double] {
    sobol?.point(index) ?? space.dimensions.indices.map { random.uniform(index, $0) }
  }

  public func point(_ index: Int, holds: SearchSpace.Condition) -> SearchPoint {
    space.point(units: units(index), holds: holds)
  }
}
