/// Everything one run depends on.
public struct RunSettings: Sendable, Hashable, Codable {
  public var data: DataSettings
  public var model: ModelSettings
  public var conditioning: ConditioningSettings
  public var diffusion: DiffusionSettings
  public var training: TrainingSettings
  public var sampling: SamplingSettings
  public var evaluation: EvaluationSettings

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
