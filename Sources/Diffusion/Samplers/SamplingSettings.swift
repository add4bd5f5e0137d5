/// How images are drawn from the network: the `sampling` section of an experiment file.
public struct SamplingSettings: Sendable, Hashable, Codable {
  /// Samplers that there are.
  public enum Sampler: String, Sendable, Hashable, Codable, CaseIterable {
    /// Ancestral sampling, respaced to the grid (Ho 2020; Nichol & Dhariwal 2021).
    case ddpm
    /// Song J. 2021; `eta` between 0 (deterministic) and 1 (ancestral).
    case ddim
    /// WRONG on purpose: the dense chain's coefficients on a strided grid.
    case naiveStrided = "naive-strided"
  }

  /// Which timesteps of the process are visited: see ``timesteps(_:of:offset:)``.
  public enum Spacing: String, Sendable, Hashable, Codable, CaseIterable {
    /// Evenly, both ends included.
    case linspace
    /// Evenly back from the last.
    case trailing
    /// Evenly on from the first.
    case leading
  }

  package static let etaRange = 0.0...1
  package static let guidanceRange = 0.0...1000

  /// Which sampler.
  public var sampler: Sampler
  /// Network evaluations per image, n of the process's T.
  public var steps: Int
  /// Which timesteps of the process are visited.
  public var spacing: Spacing
  /// η of `ddim`: 0 is deterministic, 1 ancestral.
  public var eta: Double
  /// Clip x̂0 to [−1, 1] at each step; nil: for images.
  public var clip: Bool?
  /// ε_u + guidance·(ε_c − ε_u); 1 is plain conditional.
  public var guidance: Double
  /// Images to draw.
  public var count: Int
  /// Of the starting noise and the steps' noise.
  public var seed: UInt64
  /// Sample during training every N steps; nil: at the end only.
  public var every: Int?
  /// Added to each timestep of `leading` spacing (diffusers' `steps_offset`).
  public var stepsOffset = 0
  /// x̂0 is clipped to [−clipRange, clipRange].
  public var clipRange = 1.0
  /// Whether the last step ends at ᾱ = 1; else at ᾱ_0, and that little noise stays (diffusers' `set_alpha_to_one`).
  public var setAlphaToOne = true

  /// Settings whose defaults are those of an experiment file.
  public init(
    sampler: Sampler = .ddpm, steps: Int = 50, spacing: Spacing = .linspace, eta: Double = 0,
    clip: Bool? = nil, guidance: Double = 1, count: Int = 64, seed: UInt64 = 0, every: Int? = nil
  ) {
    self.sampler = sampler
    self.steps = steps
    self.spacing = spacing
    self.eta = eta
    self.clip = clip
    self.guidance = guidance
    self.count = count
    self.seed = seed
    self.every = every
  }
}
