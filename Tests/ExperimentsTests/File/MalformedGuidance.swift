extension MalformedFile {
  /// What samples are led away from.
  static let guidance: [MalformedFile] = [
    MalformedFile(
      "two guides",
      "sampling: {guidance: 2, guide: small, guide_step: 100}\ndata: {source: shapes}\ntraining: {steps: 100, ema_widths: [0.1]}\n",
      ["1:32: the guide is another network or this one at step 100, not both"]),
    MalformedFile(
      "a guide of what is exact",
      "sampling: {guidance: 2, guide: small}\ndata: {source: mixture}\nmodel: {architecture: exact}\n",
      ["1:32: exact is the best there is, and is not guided by a network"]),
  ]
}
