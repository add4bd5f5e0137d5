extension MalformedFile {
  /// What samples are led away from.
  static let guidance: [MalformedFile] = [
    MalformedFile(
      "an interval the wrong way round",
      "sampling: {guidance: 2, guidance_min: 3, guidance_max: 2}\ndata: {source: shapes}\nconditioning: {kind: class}\ntraining: {steps: 100}\n",
      ["1:39: sampling.guidance_min is 3, and sampling.guidance_max 2"]),
    MalformedFile(
      "two guides",
      "sampling: {guidance: 2, guide: small, guide_step: 100}\ndata: {source: shapes}\ntraining: {steps: 100, ema_widths: [0.1]}\n",
      ["1:32: the guide is another network or this one at step 100, not both"]),
    MalformedFile(
      "a guide of what is exact",
      "sampling: {guidance: 2, guide: small}\ndata: {source: mixture}\nmodel: {architecture: exact}\n",
      ["1:32: exact is the best there is, and is not guided by a network"]),
    MalformedFile(
      "a classifier beside what is exact",
      "sampling: {classifier_guidance: 2}\ndata: {source: mixture}\nmodel: {architecture: exact}\n",
      ["1:33: exact knows its classes, and is not guided by a classifier"]),
    MalformedFile(
      "a classifier of nothing",
      "sampling: {classifier_guidance: 2}\ndata: {source: gaussian}\nmodel: {architecture: mlp}\ntraining: {steps: 2}\n",
      ["1:33: a classifier needs classes, but data source 'gaussian' has none"]),
    MalformedFile(
      "away from the class",
      "sampling: {classifier_guidance: -1}\ndata: {source: shapes}\ntraining: {steps: 2}\n",
      ["1:33: 'sampling.classifier_guidance' must be at least 0 and at most 1000, not -1"]),
  ]
}
