extension MalformedFile {
  /// Of shapes and a small U-Net, with one line of diffusion and sampling before.
  private static func drawn(_ name: String, _ line: String, _ errors: String...) -> MalformedFile {
    MalformedFile(name, line + "\ndata: {source: shapes}\ntraining: {steps: 1}\n", errors)
  }

  /// Noise processes, targets and samplers that do not go together.
  static let diffusion: [MalformedFile] = [
    drawn(
      "no such process", "diffusion: {process: vpe}",
      "1:22: 'diffusion.process' is vp, sub-vp, ve, edm, flow or trig, not 'vpe'"),
    drawn(
      "steps of flow", "diffusion: {process: flow, steps: 100}",
      "1:28: 'diffusion.steps' does not belong to diffusion.process 'flow'"),
    drawn(
      "zero SNR and epsilon", "diffusion: {rescale_zero_snr: true}",
      "1:31: with rescale_zero_snr α is 0 at the last step, where epsilon says nothing of x0 = (x − σ·ε)/α"
    ),
    drawn(
      "trig and score", "diffusion: {process: trig, prediction: score}",
      "1:40: trig begins at α = 0, where score says nothing of x0 = (x − σ·ε)/α"),
    drawn(
      "σ the wrong way round", "diffusion: {process: ve, sigma_min: 60}",
      "1:37: diffusion.sigma_min is 60, and diffusion.sigma_max 50"),
    drawn(
      "beta of cosine", "diffusion: {schedule: {kind: cosine, beta: 0.1}}",
      "1:38: 'diffusion.schedule.beta' does not belong to diffusion.schedule.kind 'cosine'"),
    drawn(
      "order of heun", "sampling: {sampler: heun, order: 3}",
      "1:27: 'sampling.order' does not belong to sampling.sampler 'heun'"),
    drawn(
      "order four of deis", "sampling: {sampler: deis, order: 4}",
      "1:34: deis has orders 1 to 3, not 4"),
    drawn(
      "σ of linspace", "sampling: {sigma_max: 80}",
      "1:23: sampling.sigma_max belongs to the spacings karras, exponential and log-snr, not to linspace"
    ),
    drawn(
      "clip and threshold", "sampling: {clip: true, threshold: 0.995}",
      "1:18: sampling.threshold takes the place of clipping, but sampling.clip is true"),
    drawn(
      "naive between timesteps", "sampling: {sampler: naive-strided, spacing: karras}",
      "1:21: naive-strided strides over timesteps, but spacing karras has none"),
    MalformedFile(
      "leading of zero SNR",
      "diffusion: {rescale_zero_snr: true, prediction: v}\nsampling: {spacing: leading}\n"
        + "data: {source: shapes}\ntraining: {steps: 1}\n",
      [
        "2:21: leading spacing never visits the last timestep, which rescale_zero_snr makes pure noise"
      ]),
    MalformedFile(
      "leading of flow",
      "diffusion: {process: flow}\nsampling: {spacing: leading}\n"
        + "data: {source: shapes}\ntraining: {steps: 1}\n",
      ["2:21: leading spacing counts timesteps from the first, but diffusion.process flow has none"]
    ),
    MalformedFile(
      "karras of flow",
      "diffusion: {process: flow}\nsampling: {spacing: karras}\n"
        + "data: {source: shapes}\ntraining: {steps: 1}\n",
      [
        "2:21: spacing karras needs a largest σ/α, and this process ends in pure noise, where α is 0"
      ]),
    MalformedFile(
      "training of the exact denoiser",
      "data: {source: shapes}\nmodel: {architecture: exact}\ntraining: {steps: 5}\n",
      ["3:19: exact has nothing to train, but training.steps is 5"]),
  ]
}
