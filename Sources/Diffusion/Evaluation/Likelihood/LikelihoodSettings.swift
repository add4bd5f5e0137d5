/// How likelihoods are measured: `evaluation.likelihood` of an experiment file.
public struct LikelihoodSettings: Sendable, Hashable, Codable {
  /// Held-out images whose likelihood is measured.
  public var images: Int
  /// Timesteps of the variational bound that an image visits; all where there are no more.
  public var timesteps: Int
  /// Runge–Kutta steps of the probability-flow ODE between data and noise.
  public var steps: Int
  /// Random directions an image, by which the divergence is estimated in more than
  /// ``FlowLikelihood/mostExactDimensions`` dimensions.
  public var probes: Int

  /// Settings whose defaults are those of an experiment file.
  public init(images: Int = 256, timesteps: Int = 50, steps: Int = 50, probes: Int = 2) {
    self.images = images
    self.timesteps = timesteps
    self.steps = steps
    self.probes = probes
  }
}
