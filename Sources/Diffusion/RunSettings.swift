/// Everything one run depends on.
public struct RunSettings: Sendable, Hashable, Codable {
  /// What to train on.
  public var data: DataSettings
  /// Which network.
  public var model: ModelSettings
  /// What it is told besides image and time.
  public var conditioning: ConditioningSettings
  /// The noise process.
  public var diffusion: DiffusionSettings
  /// How it is trained.
  public var training: TrainingSettings
  /// How images are drawn from it.
  public var sampling: SamplingSettings
  /// What is measured of it.
  public var evaluation: EvaluationSettings

  /// Only data and the number of training steps have no default.
  public init(
    data: DataSettings, model: ModelSettings = .init(),
    conditioning: ConditioningSettings = .init(),
    diffusion: DiffusionSettings = .init(), training: TrainingSettings,
    sampling: SamplingSettings = .init(), evaluation: EvaluationSettings = .init()
  ) {
    self.data = data
    self.model = model
    self.conditioning = conditioning
    self.diffusion = diffusion
    self.training = training
    self.sampling = sampling
    self.evaluation = evaluation
  }
}
