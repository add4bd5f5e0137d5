import Foundation

/// A tree-structured Parzen estimator: proposes the points to try next from those tried.
///
/// J. Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011: the tried points
/// are split into the best γ and the rest, a density is estimated over each, l and g, and of
/// candidates drawn from l the one with the largest l/g is proposed, which is the one with the
/// largest expected improvement (their eq. 8). Group by group of the space, so conditional
/// parameters learn from the points that had them.
///
/// A pure value: the same seed, space and history give the same proposals.
public struct TreeParzenSearch: Sendable {
  public struct Options: Sendable, Hashable {
    /// Points of a Sobol sequence before there is anything to learn from.
    public var startup = 10
    /// Drawn from l for each proposal.
    public var candidates = 24

    public init() {}
  }

  /// The result of a point that was tried.
  public enum Outcome: Sendable, Hashable {
    /// Lower is better.
    case value(Double)
    /// Ended early, at that step, with that value of what pruning looks at; lower is better.
    case pruned(step: Int, value: Double)
    /// No result, or not a number.
    case failed
  }

  public struct Trial: Sendable, Hashable {
    public var point: SearchPoint
    public var outcome: Outcome

    public init(point: SearchPoint, outcome: Outcome) {
      self.point = point
      self.outcome = outcome
    }
  }

  public let space: SearchSpace
  public let options: Options
  private let start: PointSequence
  private let random: SearchRandom

  public init(space: SearchSpace, seed: UInt64, options: Options = Options()) {
    self.space = space
    self.options = options
    let fits = space.dimensions.count <= SobolSequence.maximumDimensions
    start = PointSequence(fits ? .sobol : .random, space: space, seed: seed)
    random = SearchRandom(seed: seed, purpose: .candidates)
  }

  /// The points of a round: none of the history's, none twice.
  ///
  /// - Parameters:
  ///   - count: how many; fewer come back where the space has no more.
  ///   - history: every point proposed before, in the order of proposing.
  ///   - holds: which conditional groups are there.
  ///   - accepts: whether a point can be tried at all.
  public func propose(
    count: Int, history: [Trial], holds: SearchSpace.Condition = { _, _ in true },
    accepts: (SearchPoint) -> Bool = { _ in true }
  ) -> [SearchPoint] {
    var taken = Set(history.map(\.point))
    var proposals: [SearchPoint] = []
    let ranked = Self.ranked(history)
    let isStart = history.count < options.startup
    for _ in 0..<count {
      let index = history.count + proposals.count
      func isNew(_ point: SearchPoint) -> Bool { !taken.contains(point) && accepts(point) }
      var found: SearchPoint?
      if !isStart {
        for attempt in 0..<Self.attempts where found == nil {
          let point = proposal(
            index, attempt: attempt, ranked: ranked, pending: proposals, holds: holds)
          if isNew(point) { found = point }
        }
      }
      var place = 0
      while found == nil, place < Self.startAttempts(index) {
        let point = start.point(place, holds: holds)
        if isNew(point) { found = point }
        place += 1
      }
      guard let point = found else { break }
      taken.insert(point)
      proposals.append(point)
    }
    return proposals
  }

  private static let attempts = 32
  private static func startAttempts(_ index: Int) -> Int { 1000 + 100 * index }

  /// Best first: values, then pruned ones by how far they came, then failed ones.
  static func ranked(_ history: [Trial]) -> [SearchPoint] {
    func key(_ outcome: Outcome) -> (Int, Int, Double) {
      switch outcome {
      case .value(let value) where !value.isNaN: (0, 0, value)
      case .pruned(let step, let value): (1, -step, value.isNaN ? .infinity : value)
      case .value, .failed: (2, 0, 0)
      }
    }
    return history.enumerated()
      .map { (key: key($1.outcome), index: $0, point: $1.point) }
      .sorted {
        ($0.key.0, $0.key.1, $0.key.2, $0.index) < ($1.key.0, $1.key.1, $1.key.2, $1.index)
      }
      .map(\.point)
  }

  private func proposal(
    _ index: Int, attempt: Int, ranked: [SearchPoint], pending: [SearchPoint],
    holds: SearchSpace.Condition
  ) -> SearchPoint {
    var part = attempt << 20
    func uniform() -> Double {
      part += 1
      return random.uniform(index, part)
    }
    return space.build(holds: holds) { group, _ in
      let range = space.range(group)
      let dimensions = space.groups[group].dimensions
      func values(_ points: some Sequence<SearchPoint>) -> [[Double]] {
        points.compactMap { point in
          let values = point.values[range].compactMap { $0 }
          return values.count == dimensions.count ? values : nil
        }
      }
      let seen = values(ranked)
      let best = Self.bestCount(seen.count)
      // Both are smoothed alike, else their ratio would reflect their sizes.
      let width = ParzenEstimator.width(
        count: seen.count + pending.count, dimensions: dimensions.count)
      let good = ParzenEstimator(dimensions, points: Array(seen.prefix(best)), width: width)
      // What is proposed and not tried yet counts as no better than the rest (a constant liar), so
      // that a round spreads out.
      let rest = ParzenEstimator(
        dimensions, points: seen.dropFirst(best) + values(pending), width: width)
      var choice: (point: [Double], score: Double)?
      for _ in 0..<options.candidates {
        let candidate = good.draw(uniform)
        let score = good.logDensity(candidate) - rest.logDensity(candidate)
        if choice.map({ score > $0.score }) ?? true { choice = (candidate, score) }
      }
      return choice?.point ?? []
    }
  }

  /// γ = 0.15 of the points (Bergstra 2011, section 6), at most 25.
  static func bestCount(_ count: Int) -> Int {
    min(25, (15 * count + 99) / 100)
  }
}
