public import ArgumentParser
public import Diffusion
package import Exchange

// Options that take a word for each case: in settings, the experiment file's.
extension TrainingSettings.Precision: ExpressibleByArgument {}
extension SamplingSettings.Sampler: ExpressibleByArgument {}
extension SamplingSettings.Spacing: ExpressibleByArgument {}
extension CSVExport.Layout: ExpressibleByArgument {}
extension CapsuleImport.Conflict: ExpressibleByArgument {}
