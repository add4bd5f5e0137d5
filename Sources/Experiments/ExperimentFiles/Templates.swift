/// Experiment files to start from.
package struct Template: Sendable {
  package let name: String
  /// What it is for, in a line.
  package let summary: String
  private let body: String
  /// What a notebook shows of it, as a Markdown document has it.
  private let cells: String

  /// The file's text under an experiment's name.
  package func text(name: String) -> String {
    "workbench: 1\nname: \(name)\n" + body
  }

  /// The same as a Markdown document with cells: a notebook.
  package func notebook(name: String) -> String {
    "---\n\(text(name: name))---\n\n# \(name)\n\n\(cells)"
  }

  package static let all = [minimal, quickstart, shapes, search, gaussian]

  package static func named(_ name: String) -> Template? {
    all.first { $0.name == name }
  }

  private static let minimal = Template(
    name: "minimal", summary: "the fewest keys that make a run; no data needed",
    body: """
      question: What does it look like?

      data: {source: shapes}
      training: {steps: 200}

      """,
    cells: """
      ```{plot} loss
      y: train/loss
      smooth: 0.05
      log: y
      ```

      ```{timeline} denoising
      over: sampling
      ```

      """)

  private static let quickstart = Template(
    name: "quickstart", summary: "schedules and precisions on Fashion-MNIST",
    body: """
      question: >
        Which noise schedule makes the better images, and does the precision matter?

      # Every key: docs/experiment-file.md. Checked with 'workbench check', planned with
      # 'workbench plan', done with 'workbench run'.
      data: {source: fashion-mnist, size: 32}
      model: {architecture: small-unet, levels: 4, base_channels: 32, time_embedding: {kind: sinusoidal}}
      conditioning: {kind: class, inject: time, dropout: 0.1}
      diffusion: {steps: 1000, schedule: {kind: linear}}

      training:
        steps: 800
        batch: 64
        ema: 0.995
        optimizer: {kind: adam, lr: 2.0e-3}
        lr_schedule: {kind: cosine, warmup: 50}

      # Eight rows of ten classes.
      sampling: {sampler: ddpm, steps: 50, guidance: 1.5, count: 80}
      evaluation: {images: 250, metrics: [loss, class-agreement, frechet-pca64]}

      # Every combination is a run; with 'repeat' each is done with several seeds and averaged.
      sweep:
        parameters:
          diffusion.schedule.kind: [linear, cosine]
          training.precision: [fp32, bf16]
        # repeat: {training.seed: 3}

      objective: {metric: eval/frechet_pca64, goal: minimize}

      """,
    cells: """
      Beside linear in fp32, {{ settings.setting }} does best: {{ settings.difference }} ({{ settings.verdict }}).

      ```{compare} settings
      baseline: {diffusion.schedule.kind: linear, training.precision: fp32}
      ```

      ```{plot} loss
      y: train/loss
      color: diffusion.schedule.kind
      facet: training.precision
      smooth: 0.05
      log: y
      ```

      ```{grid} samples
      rows: diffusion.schedule.kind
      columns: class
      where: training.precision == "bf16"
      ```

      ```{assert} half_precision_learns_the_same
      abs(mean("eval/loss" where training.precision == "bf16") - mean("eval/loss" where training.precision == "fp32")) < 0.01
      ```

      """)

  private static let shapes = Template(
    name: "shapes", summary: "coloured shapes drawn on the fly; no data needed",
    body: """
      question: How much guidance do samples need to show the shape that was asked for?

      data: {source: shapes, size: 16}
      model: {architecture: small-unet, levels: 3, base_channels: 32, time_embedding: {kind: sinusoidal}}
      conditioning: {kind: class, inject: time, dropout: 0.1}
      training: {steps: 400, batch: 64, ema: 0.99, optimizer: {lr: 2.0e-3}}
      sampling: {sampler: ddim, steps: 25, count: 64}
      evaluation: {images: 500, metrics: [loss, class-agreement, frechet-pca64]}

      # One network, trained once, sampled three ways.
      sweep:
        parameters:
          sampling.guidance: [0, 1, 3]

      objective: {metric: eval/class_agreement, goal: maximize}

      """,
    cells: """
      The best agreement is {{ best("eval/class_agreement") | percent }}.

      ```{plot} agreement
      kind: line
      x: sampling.guidance
      y: eval/class_agreement
      ```

      ```{grid} samples
      rows: sampling.guidance
      columns: class
      ```

      """)

  private static let search = Template(
    name: "search", summary: "a learning rate searched for on little time; no data needed",
    body: """
      question: Which learning rate and batch suit a small network that has 180 steps?

      data: {source: shapes, size: 16}
      model: {base_channels: 16, time_embedding: {kind: sinusoidal}}
      training: {steps: 180}
      sampling: {sampler: ddim, steps: 20, count: 32}
      evaluation: {every: 20, images: 256, metrics: [loss]}

      # Six settings at a time, each round learning from the ones before; at steps 20 and 60 only the
      # best third goes on.
      sweep:
        method: tpe
        seed: 0
        max_runs: 18
        round: 6
        parameters:
          training.optimizer.lr: {log_uniform: [1.0e-4, 3.0e-2]}
          training.batch: {int: [8, 64], step: 8, log: true}
        prune: {kind: asha, metric: eval/loss, after: 20, eta: 3}

      objective: {metric: eval/loss, goal: minimize}

      """,
    cells: """
      The lowest held-out loss is {{ best("eval/loss") }}.

      ```{plot} rate
      kind: scatter
      x: training.optimizer.lr
      y: eval/loss
      color: training.batch
      log: x
      ```

      ```{plot} curves
      kind: line
      x: step
      y: eval/loss
      ```

      """)

  private static let gaussian = Template(
    name: "gaussian", summary: "samplers on exactly known data; nothing to train, seconds",
    body: """
      question: How many steps does a sampler need to give the variance it should?

      # N(0, 0.25): the best network is known in closed form.
      data: {source: gaussian, variance: 0.25, size: 1}
      model: {architecture: exact-gaussian}
      sampling: {clip: false}
      evaluation: {images: 20000, metrics: [sample-variance, frechet-pca64]}

      sweep:
        parameters:
          sampling.sampler: [ddpm, ddim]
          sampling.steps: [10, 50, 250]

      """,
    cells: """
      ```{plot} variance
      kind: line
      x: sampling.steps
      y: eval/sample_variance
      color: sampling.sampler
      log: x
      ```

      ```{assert} steps_help
      min("eval/sample_variance" where sampling.steps == 250) > max("eval/sample_variance" where sampling.steps == 10)
      ```

      """)
}
