/// How often inpainting goes back up to noisier levels, for what is filled in to agree with what is given (Lugmayr 2022,
/// section 4.2 and appendix B).
public struct Resampling: Sendable, Hashable {
  /// R, how often each stretch of levels is walked down; 1: once, never back.
  public var passes: Int
  /// j, how many levels a stretch has.
  public var jump: Int

  /// Defaults are those of the paper's experiments, which took 250 steps.
  public init(passes: Int = 10, jump: Int = 10) {
    self.passes = passes
    self.jump = jump
  }

  /// The levels that are visited one after the other, counted down from n, the noisiest, to 0, data: from the places 1,
  /// 1 + j, 1 + 2j … the walk goes back up j of them, R − 1 times each.
  func places(of steps: Int) -> [Int] {
    var left: [Int: Int] = [:]
    if passes > 1, jump > 0, jump < steps {
      for place in stride(from: 1, through: steps - jump, by: jump) { left[place] = passes - 1 }
    }
    var place = steps
    var result = [place]
    while place > 0 {
      place -= 1
      result.append(place)
      guard let more = left[place], more > 0 else { continue }
      left[place] = more - 1
      for _ in 0..<jump {
        place += 1
        result.append(place)
      }
    }
    return result
  }

  /// - Throws: `DiffusionError(.badInput)` where a number has no sense.
  func check() throws {
    guard (1...1000).contains(passes) else {
      throw DiffusionError(
        .badInput, "each stretch is walked \(passes) times: 1 to 1000 are possible")
    }
    guard jump >= 1 else {
      throw DiffusionError(.badInput, "the walk goes back \(jump) levels: it takes 1 or more")
    }
  }
}
