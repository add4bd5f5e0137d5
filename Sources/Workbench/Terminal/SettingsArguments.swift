public import ArgumentParser
public import Diffusion

// Settings that options take by their words in the experiment file.
extension TrainingSettings.Precision: ExpressibleByArgument {}
extension SamplingSettings.Sampler: ExpressibleByArgument {}
extension SamplingSettings.Spacing: ExpressibleByArgument {}
