import ExperimentFiles
import Planning
import Testing
import Values

/// `when`, nested lists, and what they do together with `where`, `zip` and `repeat`; counted by hand.
@Suite struct ConditionalSweepTests {
  private static let base = "data: {source: shapes, size: 16}\ntraining: {steps: 5}\n"

  private func labels(_ sweep: String) throws -> [String] {
    try plan(Self.base + sweep).runs.map(\.label)
  }

  private func complaints(_ sweep: String) throws -> [String] {
    try errors(of: Self.base + sweep).map {
      "\($0.place.line):\($0.place.column): \($0.message)"
    }
  }

  @Test func parametersOfOneKindOnly() throws {
    #expect(
      try labels(
        """
        sweep:
          parameters: {diffusion.schedule.kind: [linear, cosine], training.batch: [2, 4]}
          when:
            "diffusion.schedule.kind == 'cosine'": {diffusion.schedule.offset: [0.004, 0.008, 0.02]}
        """) == [
          "kind=linear,batch=2", "kind=linear,batch=4",
          "kind=cosine,batch=2,offset=0.004", "kind=cosine,batch=2,offset=0.008",
          "kind=cosine,batch=2,offset=0.02", "kind=cosine,batch=4,offset=0.004",
          "kind=cosine,batch=4,offset=0.008", "kind=cosine,batch=4,offset=0.02",
        ])
  }

  /// A key that every run has is in the label only where the condition sets it.
  @Test func conditionsThatExcludeEachOtherMaySetOneKey() throws {
    let runs = try plan(
      Self.base + """
        sweep:
          when:
            "sampling.sampler == 'ddim'": {sampling.eta: [0.5, 1], sampling.steps: [10]}
            "sampling.sampler == 'ddpm'": {sampling.steps: [20, 40]}
          parameters: {sampling.sampler: [ddpm, ddim]}
          repeat: {training.seed: 2}
        """
    ).runs
    #expect(
      runs.map(\.label) == [
        "sampler=ddpm,steps=20,seed=0", "sampler=ddpm,steps=20,seed=1",
        "sampler=ddpm,steps=40,seed=0", "sampler=ddpm,steps=40,seed=1",
        "sampler=ddim,eta=0.5,steps=10,seed=0", "sampler=ddim,eta=0.5,steps=10,seed=1",
        "sampler=ddim,eta=1,steps=10,seed=0", "sampler=ddim,eta=1,steps=10,seed=1",
      ])
    #expect(Set(runs.map(\.groupKey)).count == 4)
    #expect(
      runs[0].overrides.map(\.path) == ["sampling.sampler", "sampling.steps", "training.seed"])
  }

  /// Conditions on conditional parameters, a zip inside one, and `where` over all of it.
  @Test func conditionsNest() throws {
    #expect(
      try labels(
        """
        sweep:
          parameters: {sampling.sampler: [ddpm, ddim]}
          when:
            "sampling.sampler == 'ddim'":
              sampling.eta: [0, 0.5]
              when:
                "sampling.eta > 0":
                  zip: [{sampling.steps: [10, 20, 30], sampling.seed: [1, 2, 3]}]
            "sampling.steps == 50": {training.batch: [2, 4]}
          where: sampling.seed != 2
        """) == [
          "sampler=ddpm,batch=2", "sampler=ddpm,batch=4",
          "sampler=ddim,eta=0,batch=2", "sampler=ddim,eta=0,batch=4",
          "sampler=ddim,eta=0.5,steps=10,seed=1", "sampler=ddim,eta=0.5,steps=30,seed=3",
        ])
  }

  @Test func aRunOfAListMayHaveSeveralValues() throws {
    #expect(
      try labels(
        """
        sweep:
          method: list
          runs:
            - {sampling.sampler: ddim, sampling.eta: [0, 1], sampling.steps: [10, 20]}
            - {sampling.sampler: ddpm, evaluation.metrics: [loss]}
            - {training.optimizer.betas: [[0.9, 0.99], [0.5, 0.9]]}
        """)
        == [
          "sampler=ddim,eta=0,steps=10,metrics=loss,betas=0.9+0.999",
          "sampler=ddim,eta=0,steps=20,metrics=loss,betas=0.9+0.999",
          "sampler=ddim,eta=1,steps=10,metrics=loss,betas=0.9+0.999",
          "sampler=ddim,eta=1,steps=20,metrics=loss,betas=0.9+0.999",
          "sampler=ddpm,eta=0,steps=50,metrics=loss,betas=0.9+0.999",
          "sampler=ddpm,eta=0,steps=50,metrics=loss,betas=0.9+0.99",
          "sampler=ddpm,eta=0,steps=50,metrics=loss,betas=0.5+0.9",
        ].map { $0.replacing(",metrics=loss", with: "") })
  }

  @Test func whatCannotHoldIsSaid() throws {
    #expect(
      try complaints(
        """
        sweep:
          parameters: {sampling.sampler: [ddpm, ddim]}
          when:
            "sampling.eta > 0": {training.batch: [2]}
            "sampling.sampler == 'ddim'": {sampling.eta: [0, 1]}
        """) == [
          "6:5: when: 'sampling.eta' is set only by what stands here or further down"
        ])
    #expect(
      try complaints(
        """
        sweep:
          parameters: {sampling.sampler: [ddpm, ddim]}
          when: {"sampling.samplr == 'ddim'": {sampling.eta: [0, 1]}, "true": 3}
        """) == [
          "5:11: when: there is no parameter 'sampling.samplr'",
          "5:71: 'sweep.when' expects a mapping from paths to lists of values, not 3",
        ])
    #expect(
      try complaints(
        """
        sweep:
          parameters: {training.batch: [2, 4], sampling.sampler: [ddim]}
          when:
            training.batch > 1: {sampling.eta: [0, 1]}
            training.batch > 2: {sampling.eta: [0.5]}
        """) == [
          "7:26: 'sampling.eta' is set twice: another 'when' that holds as well sets it"
        ])
    #expect(
      try complaints(
        "sweep: {parameters: {training.batch: [2]}, when: {training.seed == 0: {training.batch: [3]}}}\n"
      ) == ["3:72: 'training.batch' is swept twice"])
    #expect(
      try complaints(
        "sweep: {when: {training.batch % training.seed == 0: {training.ema: [0.9]}}}\n"
      ) == ["3:31: when: a division by zero"])
  }

  /// Counted with what hangs on conditions.
  @Test func theLimitHoldsForConditionalRunsToo() throws {
    let values = (1...100).map(String.init).joined(separator: ",")
    #expect(
      try complaints(
        """
        sweep:
          parameters: {training.batch: [\(values)]}
          when: {training.batch > 0: {sampling.seed: [\(values)], sampling.steps: [1, 2]}}
        """)
        == ["3:1: the sweep makes more than 10000 runs"].map { $0.replacing("3:1", with: "4:3") })
  }
}
