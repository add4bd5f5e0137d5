/// A process that visits only some timesteps of a denser one (Nichol & Dhariwal 2021, section 4).
///
/// It is a noise process of its own: β'_i = 1 − ᾱ_{τ_i}/ᾱ_{τ_{i−1}}, and every coefficient follows
/// from β'. Only the network still hears of the dense timestep τ_i, since it was trained on those.
/// Taking the dense α_t, β_t instead is a common mistake: each step would remove one dense step's
/// noise where many are due (`naiveStrided` shows what comes of it).
public struct RespacedSchedule: Sendable, Hashable {
  /// τ: the dense process's timesteps that are visited, ascending.
  public let timesteps: [Int]
  /// The n-step process on that grid, indexed by place in the grid.
  public let process: NoiseSchedule
  /// The process that the timesteps are of.
  public let dense: NoiseSchedule

  /// n, the number of steps.
  public var count: Int { timesteps.count }
}

extension NoiseSchedule {
  /// This process on a coarser grid.
  ///
  /// - Parameter before: ᾱ that the last step ends at: 1, or less where some noise shall stay.
  ///
  /// Throws `DiffusionError(.badInput)` unless the timesteps ascend within 0 ..< T.
  public func respaced(to timesteps: [Int], before: Double = 1) throws -> RespacedSchedule {
    guard let first = timesteps.first, let last = timesteps.last, first >= 0, last < steps,
      zip(timesteps, timesteps.dropFirst()).allSatisfy(<)
    else {
      throw DiffusionError(
        .badInput, "a sampling grid's timesteps must ascend within 0 ..< \(steps)")
    }
    let alphasCumprod = timesteps.map { self.alphasCumprod[$0] }
    let betas = zip(alphasCumprod, [before] + alphasCumprod).map { 1 - $0 / $1 }
    return RespacedSchedule(
      timesteps: timesteps,
      process: NoiseSchedule(
        betas: betas, alphasCumprod: alphasCumprod, variance: variance, prediction: prediction,
        before: before),
      dense: self)
  }

  /// The grid that an experiment's `sampling` section asks for.
  public func respaced(for sampling: SamplingSettings) throws -> RespacedSchedule {
    try respaced(
      to: sampling.spacing.timesteps(sampling.steps, of: steps, offset: sampling.stepsOffset),
      before: sampling.setAlphaToOne ? 1 : alphasCumprod[0])
  }
}
