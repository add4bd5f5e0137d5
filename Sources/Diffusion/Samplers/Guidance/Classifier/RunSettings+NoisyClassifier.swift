package import Kernels

extension RunSettings {
  /// The classifier of their data that leads samples of a finished run; nil where none does.
  /// - Parameter process: what noises the images.
  /// - Throws: `DiffusionError` where the data cannot be read or have no classes.
  package func noisyClassifier(
    process: NoiseProcess, kernels: KernelSet, pool: WorkerPool
  ) throws -> NoisyClassifier? {
    guard sampling.classifierGuidance != 0 else { return nil }
    return try NoisyClassifier.of(
      DataSet.load(data), process: process, kernels: kernels, pool: pool)
  }
}
