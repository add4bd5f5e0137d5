import Statistics
import Testing

@testable import ExperimentFiles
@testable import Values

/// What no run of a file can come to is said before the first begins.
@Suite struct OutcomeCheckTests {
  private static let small = """
    data: {source: shapes, size: 16}
    training: {steps: 3}

    """

  /// The errors, then the warnings, of a file.
  private func said(_ text: String) -> String {
    do {
      let file = try ExperimentFile.read(text: Self.small + text, path: "x.yaml")
      return file.warnings.map { "\($0)" }.joined()
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    (
      "objective: {metric: eval/los}", "error: no run logs 'eval/los', the objective|'eval/loss'?"
    ),
    (
      "evaluation: {metrics: [class-agreement]}\nobjective: {metric: eval/class_agreement}",
      "error: no run logs 'eval/class_agreement', the objective: class-agreement is of samples of known class|kind: class"
    ),
    (
      "evaluation: {metrics: [loss, class-agreement]}",
      "warning: never measured: class-agreement is of samples|conditioning.kind: class"
    ),
    (
      "sampling: {guidance: 3}",
      "error: guidance 3 is towards a class, but conditioning.kind is none|"
    ),
    (
      "conditioning: {kind: class, dropout: 0}\nsampling: {guidance: 3}",
      "warning: guidance 3 starts from what the network says without a class|dropout: 0.1"
    ),
    (
      "sampling: {guide: last}",
      "warning: the guide is never asked: sampling.guidance is 1|guidance: 2"
    ),
    (
      "sampling: {count: 300000}",
      "error: 300000 samples of 16×16 make a sheet of more than 67108864|207126"
    ),
    (
      "diffusion: {steps: 10}\nsampling: {steps: 10}",
      "warning: 10 steps are few for this schedule: β is 0.999 from step 5 on|kind: cosine"
    ),
    (
      "evaluation: {metrics: [loss, bits-per-dim]}",
      "warning: never measured: bits-per-dim is of 8-bit images or of vectors, and shapes are drawn|of files"
    ),
    (
      "evaluation: {metrics: [loss, inversion-error]}\nsampling: {sampler: ddpm}",
      "warning: never measured: inversion-error is of samplers that add no noise, and ddpm adds some|ddim"
    ),
    (
      "evaluation: {metrics: [loss, fid]}",
      "error: fid takes the weights of the Inception network, and evaluation.inception names no file|docs/fid.md"
    ),
    (
      "evaluation: {inception: w.safetensors}",
      "warning: no run measures fid, which this file is for|add fid to evaluation.metrics"
    ),
    (
      "evaluation: {images: 50, metrics: [fid], inception: w.safetensors}",
      "error: fid takes 100 samples or more, and evaluation.images is 50|"
    ),
    (
      "report:\n  - plot: {y: eval/frechet_pca64, x: seed}",
      "warning: no run of this file logs 'eval/frechet_pca64'|add frechet-pca64 to evaluation.metrics"
    ),
    (
      "report:\n  - plot: {y: train/loss, where: training.precision == 'bf16' and state == 'finished'}",
      "warning: no run of this file meets the condition|'workbench plan'"
    ),
    (
      "report:\n  - assert: mean('eval/loss' where training.batch > 1000) < 2",
      "warning: no run of this file meets a condition in this cell|"
    ),
    (
      "report:\n  - markdown: It is {{ best('eval/frechet_pca64') }}.",
      "warning: no run of this file logs 'eval/frechet_pca64'|"
    ),
    (
      "report:\n  - grid: {rows: class}", "warning: this grid is by class, and no run|kind: class"
    ),
    (
      "report:\n  - timeline: {}",
      "warning: this timeline is of samples drawn during|sampling.every"
    ),
    (
      "sweep: {parameters: {training.batch: [8, 16]}}\nreport:\n  - compare: {baseline: {training.batch: 7}}",
      "warning: no run of this file is the baseline of this cell|"
    ),
  ])
  func isSaid(text: String, expected: String) {
    let said = said(text)
    for part in expected.split(separator: "|") { #expect(said.contains(part), "\(said)") }
  }

  @Test(arguments: [
    // One of the runs is conditioned, or measured so.
    "sampling: {guidance: 3}\nsweep: {parameters: {conditioning.kind: [none, class]}}",
    "conditioning: {kind: class}\nsampling: {guidance: 3}\nsweep: {parameters: {conditioning.dropout: [0, 0.1]}}",
    "evaluation: {metrics: [loss, class-agreement]}\nsweep: {parameters: {conditioning.kind: [none, class]}}",
    // What depends on more than settings, or on what comes from elsewhere.
    "report:\n  - plot: {y: train/loss, where: state == 'failed' or training.batch > 1000}",
    "report:\n  - plot: {y: other/metric, x: seed}",
    "report:\n  - plot: {y: eval/frechet_pca64, x: seed, experiment: elsewhere}",
    "sweep: {parameters: {training.batch: [8, 16]}}\nreport:\n  - plot: {y: train/loss, where: training.batch == 16}",
    "conditioning: {kind: class}\nsampling: {every: 2}\nreport:\n  - grid: {rows: class}\n  - timeline: {}\n  - timeline: {over: sampling}",
    "sweep: {parameters: {training.optimizer.lr: [1.0e-3, 1.0e-2]}}\nreport:\n  - compare: {baseline: {training.optimizer.lr: 1e-3}}",
    "report:\n  - markdown: '{{ count(runs) }} runs, {{ mean(\"eval/loss\") }}.'",
    "objective: {metric: train/loss}", "objective: {metric: sample/evaluations}",
    "evaluation: {metrics: [loss, fid], inception: w.safetensors}\nobjective: {metric: eval/fid_infinity}",
    "evaluation: {inception: w.safetensors}\nsweep: {parameters: {evaluation.metrics: [[loss], [loss, fid]]}}",
  ]) func isNotSaid(text: String) { #expect(said(text) == "") }

  /// The first that is measured decides where a file does not say.
  @Test(arguments: [
    ("evaluation: {metrics: [loss, frechet-pca64, fid], inception: w}", "eval/fid"),
    ("", "eval/loss"), ("evaluation: {metrics: [loss, frechet-pca64]}", "eval/frechet_pca64"),
    ("evaluation: {metrics: [loss, energy-distance]}", "eval/energy_distance"),
    (
      "conditioning: {kind: class}\nevaluation: {metrics: [class-agreement]}",
      "eval/class_agreement"
    ),
  ]) func standardObjective(text: String, metric: String) throws {
    let file = try ExperimentFile.read(text: Self.small + text, path: "x.yaml")
    #expect(file.objective.metric == metric)
    #expect(file.objective.goal == (metric == "eval/class_agreement" ? .maximize : .minimize))
  }

  /// What a run would refuse to measure, before it trains.
  @Test func measuresOfFeatures() throws {
    func said(_ text: String) -> String {
      do {
        return try ExperimentFile.read(text: text, path: "x.yaml").warnings.map { "\($0)" }.joined()
      } catch {
        return "\(error)"
      }
    }
    let images = "data: {source: shapes}\ntraining: {steps: 3}\n"
    #expect(said(images + "evaluation: {metrics: [recall, memorisation]}") == "")
    #expect(
      said(images + "evaluation: {images: 20, metrics: [loss, recall]}").contains(
        "recall takes 100 samples or more, and evaluation.images is 20"))
    #expect(said(images + "evaluation: {images: 20, metrics: [loss, loss-by-snr]}") == "")
    let points =
      "data: {source: points, shape: moons}\nmodel: {architecture: mlp}\ntraining: {steps: 3}\n"
    #expect(
      said(points + "evaluation: {metrics: [coverage]}").contains("data.source points has vectors"))
    #expect(said(points + "evaluation: {metrics: [memorisation]}") == "")
    #expect(
      said(images + "evaluation: {metrics: [classifier-accuracy]}").contains(
        "classifier-accuracy is of samples of known class"))
    #expect(
      said(images + "evaluation: {metrics: [vendi]}\nobjective: {metric: eval/vendi_high}") == "")
  }

  /// Where weights are no shares of samples, and where a distance goes by another name.
  @Test func mixtures() throws {
    func said(_ text: String) throws -> String {
      do {
        return try ExperimentFile.read(
          text: "model: {architecture: exact}\n" + text, path: "x.yaml"
        ).warnings.map { "\($0)" }.joined()
      } catch {
        return "\(error)"
      }
    }
    let weighted = "data: {source: mixture, means: [[-1], [1]], weights: [1, 9]}\n"
    #expect(
      try said(weighted + "conditioning: {kind: class}").contains("equal shares of the classes"))
    #expect(try said(weighted) == "")
    let plane =
      "data: {source: mixture, means: [[-1, 0], [1, 0]]}\nevaluation: {metrics: [wasserstein2]}\n"
    #expect(
      try said(plane + "objective: {metric: eval/wasserstein2}").contains(
        "no run logs 'eval/wasserstein2'"))
    #expect(try said(plane + "objective: {metric: eval/sliced_wasserstein}") == "")
  }

  @Test func standardObjectiveOfPoints() throws {
    func metric(_ text: String) throws -> String {
      try ExperimentFile.read(text: text, path: "x.yaml").objective.metric
    }
    #expect(
      try metric(
        "data: {source: points, shape: moons}\nmodel: {architecture: mlp}\ntraining: {steps: 3}\nevaluation: {metrics: [loss, wasserstein2]}"
      ) == "eval/sliced_wasserstein")
    #expect(
      try metric(
        "data: {source: mixture, means: [[-1], [1]]}\nmodel: {architecture: exact}\nevaluation: {metrics: [sample-variance, wasserstein2]}"
      ) == "eval/wasserstein2")
    #expect(
      try metric(
        "data: {source: gaussian, size: 1}\nmodel: {architecture: exact-gaussian}\nevaluation: {metrics: [sample-variance]}"
      ) == "eval/sample_variance")
  }

  /// Files that runs name and that are not there, at their places.
  @Test func missingFiles() throws {
    let file = try ExperimentFile.read(
      text: """
        data: {source: images, path: photos}
        training: {steps: 3}
        sweep:
          parameters:
            training.from: [none, a.safetensors, last, "best:other", nets/b, other/lr=0.1, nets/c/lr=0.1]
            training.seed: [0, 1]
        """, path: "x.yaml")
    let missing = file.missingFiles { $0 == "nets/b" }
    #expect(
      missing.map(\.message) == [
        "data.path is 'photos', and there is no such file or folder",
        "training.from is 'a.safetensors', and there is no such file or folder",
        "training.from is 'nets/c/lr=0.1', and there is no such file or folder",
      ])
    #expect(missing.first?.place.line == 1)
    #expect(file.missingFiles { _ in true }.isEmpty)
  }
}
