import Kernels

/// The levels of each halving, and which of them an example is of: a function of seed, step and position.
///
/// A student of N steps knows N levels alone, those of `trailing` spacing, which are every other of its teacher's 2N
/// (Salimans & Ho 2022, algorithm 2: t = i/N).
package struct DistillationLevels: Sendable {
  private let settings: TrainingSettings
  private let process: NoiseProcess
  private let random: CounterRandom
  /// Of each halving: the teacher's 2N levels from the noisiest down, and data.
  private let levels: [[NoiseLevel]]

  /// Nil where nothing is distilled.
  /// - Throws: `DiffusionError(.badInput)` where the steps are not to be halved so, or the process and what is predicted of
  ///   it do not let them.
  package init?(_ settings: TrainingSettings, process: NoiseProcess) throws {
    guard let distillation = settings.distillation else { return nil }
    func refuse(_ what: String) -> DiffusionError {
      DiffusionError(.badInput, "training.distill: \(what)")
    }
    let (first, last) = (distillation.teacherSteps, distillation.studentSteps)
    guard let halvings = distillation.halvings else {
      throw refuse("\(first) steps are not halved, once or more, to \(last)")
    }
    guard settings.steps % halvings == 0 else {
      throw refuse(
        "training.steps is \(settings.steps), which \(halvings) halvings cannot share alike: take a multiple"
      )
    }
    guard process.prediction.survivesPureNoise else {
      throw refuse(
        "diffusion.prediction is \(process.prediction.rawValue): the fewer the steps, the more is decided where x is "
          + "nearly noise, and x0 = (x − σ·ε)/α says hardly anything there; take v, x0 or flow")
    }
    guard process.variance != .learned, !settings.loss.isOfTheBound else {
      throw refuse(
        "one step of DDIM has no variance to be learned; take a fixed variance and loss: mse")
    }
    levels = try (0..<halvings).map { halving in
      try process.levels(
        for: SamplingSettings(
          sampler: .ddim, steps: 2 * distillation.steps(halving: halving), spacing: .trailing))
    }
    self.settings = settings
    self.process = process
    random = CounterRandom(seed: settings.seed)
  }

  /// The level of an example.
  func level(position: Int, step: Int) -> NoiseLevel {
    levels[settings.halving(step: step)][2 * place(position: position, step: step)]
  }

  /// What the teacher does from the level of an example on.
  func twoSteps(position: Int, step: Int) -> TwoSteps {
    let levels = levels[settings.halving(step: step)]
    let first = 2 * place(position: position, step: step)
    return TwoSteps(
      process, from: levels[first], middle: levels[first + 1], to: levels[first + 2])
  }

  /// Which of the student's N levels, uniformly: 0 is the noisiest.
  private func place(position: Int, step: Int) -> Int {
    let halving = settings.halving(step: step)
    return random.integer(
      below: (levels[halving].count - 1) / 2, image: position, step: step,
      purpose: .distillationLevel)
  }
}
