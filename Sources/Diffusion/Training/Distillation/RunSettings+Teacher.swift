extension RunSettings {
  /// That training begins with a teacher where something is distilled.
  /// - Parameters:
  ///   - initial: what training begins with; nil: random weights.
  ///   - process: the run's.
  /// - Throws: `DiffusionError(.badInput)` where there is no teacher, or one of another noise process.
  func checkTeacher(_ initial: NetworkFile?, _ process: NoiseProcess) throws {
    guard let distillation = training.distillation else { return }
    func refuse(_ what: String) -> DiffusionError {
      DiffusionError(.badInput, "training.distill: \(what)")
    }
    guard let initial else {
      throw refuse("the steps of a teacher are learned, and training.from names none")
    }
    guard !conditioning.selfConditioning else {
      throw refuse("a network that hears its own last estimate (conditioning.self) is no teacher")
    }
    guard training.emaWidths == nil else {
      throw refuse("averages of ema_widths go over all of training, and each halving begins anew")
    }
    guard distillation.guidance == 1 || conditioning.kind != .none else {
      throw refuse("guidance is \(distillation.guidance), and the network is told no condition")
    }
    guard initial.origin.saysProcess else { return }
    let (own, theirs) = (process.settings, initial.description.diffusion)
    guard own.prediction == theirs.prediction else {
      throw refuse(
        "the teacher predicts \(theirs.prediction.rawValue), and diffusion.prediction is \(own.prediction.rawValue)"
      )
    }
    var alike = theirs
    alike.variance = own.variance
    guard own == alike else {
      throw refuse(
        "the teacher's noise process is another than the run's: take its diffusion settings")
    }
  }
}
