extension TrainingSettings {
  /// Progressive distillation (Salimans & Ho 2022, algorithm 2): a student learns to do in one step of DDIM what its teacher
  /// does in two, and is the next teacher. Each halving has the same share of `steps`, a rise and fall of the learning rate
  /// of its own, and begins with the teacher's weights and no moments.
  public struct Distillation: Sendable, Hashable, Codable {
    /// DDIM steps of the network that training begins with.
    public var teacherSteps: Int
    /// DDIM steps of the last student: those of the teacher halved once or more.
    public var studentSteps: Int
    /// w of the first teacher's classifier-free guidance, which the students learn with the rest; 1: none.
    public var guidance: Double

    /// A teacher and a student.
    public init(teacherSteps: Int, studentSteps: Int = 1, guidance: Double = 1) {
      self.teacherSteps = teacherSteps
      self.studentSteps = studentSteps
      self.guidance = guidance
    }

    /// How often the number of steps is halved; nil where halving does not lead from one to the other.
    package var halvings: Int? {
      guard studentSteps >= 1, teacherSteps > studentSteps, teacherSteps % studentSteps == 0
      else { return nil }
      let ratio = teacherSteps / studentSteps
      return ratio & (ratio - 1) == 0 ? ratio.trailingZeroBitCount : nil
    }

    /// N of the student of a halving, counted from 0; its teacher takes 2N.
    func steps(halving: Int) -> Int { teacherSteps >> (halving + 1) }
  }

  /// Whether what is trained at a step is another thing when the total number of steps is.
  package var dependsOnTotal: Bool {
    learningRateSchedule.dependsOnTotal || distillation != nil
  }

  /// Steps that share one decay of the learning rate: all of them, or those of one halving.
  var stepsOfStage: Int {
    guard let halvings = distillation?.halvings else { return max(1, steps) }
    return max(1, steps / halvings)
  }

  /// The halving that a step, counted from 0, is one of.
  func halving(step: Int) -> Int {
    min(step / stepsOfStage, (distillation?.halvings ?? 1) - 1)
  }

  /// Whether a step is the first of a student whose teacher is the student before.
  func beginsHalving(step: Int) -> Bool {
    distillation != nil && step > 0 && halving(step: step) > halving(step: step - 1)
  }
}
