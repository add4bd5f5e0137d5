import Kernels

/// Training that has come to nothing: the weights, or nearly all gradients, are not finite.
///
/// A run diverges after 100 skipped steps in a row, and where a weight, or its average, is not finite; at its end also if
/// nine steps in ten or more were skipped, if the last ten were (of a shorter run its last half), and if its held-out
/// loss is not finite. All of it follows from the steps done, so that the same settings diverge at the same step,
/// whatever the workers and interruptions.
public struct Divergence: Error, Sendable, Hashable, CustomStringConvertible {
  /// What showed it.
  public enum Cause: Sendable, Hashable {
    /// So many steps in a row, the last ones.
    case skippedInARow(Int)
    /// So many of all steps.
    case skipped(Int)
    /// It is infinite or NaN.
    case heldOutLoss
    /// So many of the weights.
    case weights(notFinite: Int, of: Int)
  }

  /// Steps in a row that end a run: far more than fp16's loss scale takes to fall from 65536 to 1.
  public static let mostSkippedInARow = 100

  /// Skipped steps, the last of a run, after which it is not taken to have recovered.
  static func mostSkippedAtTheEnd(of steps: Int) -> Int { min(10, max(2, (steps + 1) / 2)) }

  /// The step after which it was found out.
  public let step: Int
  /// What showed it.
  public let cause: Cause

  /// "diverged at step 101: its last 100 steps were skipped, since their gradients were not finite".
  public var description: String {
    let skipped = "skipped, since their gradients were not finite"
    let why =
      switch cause {
      case .skippedInARow(let count): "its last \(count) steps were \(skipped)"
      case .skipped(let count):
        step == 1
          ? "its only step was skipped, since the gradient was not finite"
          : "\(count) of its \(step) steps were \(skipped)"
      case .heldOutLoss: "its held-out loss is not finite"
      case .weights(let count, let total):
        "\(count) of its \(total) weights \(count == 1 ? "is" : "are") not finite"
      }
    return "\(Self.opening)\(step): \(why)"
  }

  private static let opening = "diverged at step "

  /// Whether a text is the description of one.
  public static func isTold(by text: String?) -> Bool { text?.hasPrefix(opening) ?? false }
}

extension TrainingState {
  /// What has become of the steps so far; nil while there is hope.
  ///
  /// - Parameters:
  ///   - isEnd: nothing is left to train.
  ///   - checksWeights: whether all of them are looked at: a pass over memory.
  func divergence(isEnd: Bool, checksWeights: Bool) -> Divergence? {
    if lossScale.skippedInARow >= Divergence.mostSkippedInARow {
      return Divergence(step: step, cause: .skippedInARow(lossScale.skippedInARow))
    }
    if checksWeights {
      // The average of weights that are not finite is not finite either, and stays so.
      let broken = max(
        weights.notFiniteCount(layout), ema?.notFiniteCount(layout) ?? 0)
      if broken > 0 {
        return Divergence(
          step: step, cause: .weights(notFinite: broken, of: layout.parameterCount))
      }
    }
    if isEnd, step > 0, 10 * lossScale.skipped >= 9 * step {
      return Divergence(step: step, cause: .skipped(lossScale.skipped))
    }
    if isEnd, lossScale.skippedInARow >= Divergence.mostSkippedAtTheEnd(of: step) {
      return Divergence(step: step, cause: .skippedInARow(lossScale.skippedInARow))
    }
    return nil
  }
}

extension NetworkFile {
  /// How many of its weights are infinite or NaN, and how many it has; nil where all are finite.
  public var notFinite: (count: Int, of: Int)? {
    let count = values.notFiniteCount(network.layout)
    return count == 0 ? nil : (count, network.layout.parameterCount)
  }
}

extension AlignedBuffer {
  /// How many weights are infinite or NaN; what pads them is none.
  func notFiniteCount(_ layout: ParameterLayout) -> Int {
    // The exponent has all its bits: counted without a branch.
    let exponent = Float.infinity.bitPattern
    let values = values
    return layout.parameters.reduce(0) { count, parameter in
      count
        + Int(
          values[parameter.range].reduce(0 as UInt32) {
            $0 &+ ($1.bitPattern & exponent == exponent ? 1 : 0)
          })
    }
  }
}
