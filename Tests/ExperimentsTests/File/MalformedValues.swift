extension MalformedFile {
  /// Keys and values that are wrong by themselves or beside others.
  static let values: [MalformedFile] = [
    MalformedFile(
      "unknown top key", "trainig: {steps: 1}\n",
      ["1:1: unknown key 'trainig'"]),
    MalformedFile(
      "unknown nested",
      "data: {source: shapes}\ntraining: {steps: 1, learning_rate: 0.1}\n",
      ["2:22: unknown key 'learning_rate' in 'training'"]),
    MalformedFile(
      "key of elsewhere",
      "lr: 0.1\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:1: unknown key 'lr'"]),
    MalformedFile(
      "camel case",
      "model: {baseChannels: 32}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:9: unknown key 'baseChannels' in 'model'"]),
    MalformedFile(
      "dotted key", "training.steps: 1\n",
      ["1:1: unknown key 'training.steps'"]),
    MalformedFile(
      "nothing like it",
      "zzzzqq: 1\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:1: unknown key 'zzzzqq'"]),
    MalformedFile(
      "section as scalar",
      "data: shapes\ntraining: {steps: 1}\n",
      ["1:7: 'data' expects a mapping, not 'shapes'"]),
    MalformedFile(
      "kind as scalar",
      "diffusion: {schedule: cosine}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:23: 'diffusion.schedule' expects a mapping, not 'cosine'"]),
    MalformedFile(
      "section empty",
      "data:\ntraining: {steps: 1}\n",
      ["1:6: 'data' expects a mapping, not nothing"]),
    MalformedFile(
      "section list", "training: [1, 2]\n",
      ["1:11: 'training' expects a mapping, not a list"]),
    MalformedFile(
      "text for texts",
      "data: {source: images, path: p, ignore: a.gif}\ntraining: {steps: 1}\n",
      ["1:41: 'data.ignore' expects a list of texts, not 'a.gif'"]),
    MalformedFile(
      "texts twice",
      "data: {source: images, path: p, class_names: [a, b, a]}\ntraining: {steps: 1}\n",
      ["1:53: 'a' is given twice"]),
    MalformedFile(
      "no texts", "data: {source: images, path: p, ignore: []}\ntraining: {steps: 1}\n",
      ["1:41: 'data.ignore' is empty"]),
    MalformedFile(
      "test labels of a folder",
      "data: {source: images, path: p, test_labels: l}\ntraining: {steps: 1}\n",
      ["1:33: 'data.test_labels' does not belong to data.source 'images'"]),
    MalformedFile(
      "labels of nothing",
      "data: {source: idx, images: i, labels: l, test_labels: t}\ntraining: {steps: 1}\n",
      ["1:56: data.test_labels needs images for testing, but data.test names none"]),
    MalformedFile(
      "two channels",
      "data: {source: images, path: p, channels: 2}\ntraining: {steps: 1}\n",
      ["1:43: data.channels is 1 or 3, not 2"]),
    MalformedFile(
      "word for number", "training: {steps: many}\n",
      ["1:19: 'training.steps' expects a whole number, not 'many'"]),
    MalformedFile(
      "quoted number", "training: {steps: \"10\"}\n",
      ["1:19: 'training.steps' expects a whole number, not text '10'"]),
    MalformedFile(
      "underscore number", "training: {steps: 1_000}\n",
      ["1:19: 'training.steps' expects a whole number, not '1_000'"]),
    MalformedFile(
      "fraction for whole", "training: {steps: 1.5}\n",
      ["1:19: 'training.steps' expects a whole number, not 1.5"]),
    MalformedFile(
      "negative", "training: {steps: -1}\n",
      ["1:19: 'training.steps' must be at least 0, not -1"]),
    MalformedFile(
      "huge", "training: {steps: 99999999999999999999}\n",
      ["1:19: 'training.steps' is out of range: 99999999999999999999"]),
    MalformedFile(
      "above range",
      "data: {source: shapes, size: 5000}\ntraining: {steps: 1}\n",
      ["1:30: 'data.size' must be at most 4096, not 5000"]),
    MalformedFile(
      "not a multiple",
      "model: {base_channels: 12}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:24: 'model.base_channels' must be a multiple of 8, not 12"]),
    MalformedFile(
      "odd embedding",
      "model: {time_embedding: {dim: 7}}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:31: 'model.time_embedding.dim' must be a multiple of 2, not 7"]),
    MalformedFile(
      "nan",
      "training: {steps: 1, optimizer: {lr: .nan}}\ndata: {source: shapes}\n",
      ["1:38: 'training.optimizer.lr' must be a finite number, not .nan"]),
    MalformedFile(
      "infinity", "training: {steps: 1, clip: .inf}\n",
      ["1:28: 'training.clip' must be a finite number, not .inf"]),
    MalformedFile(
      "overflow", "training: {steps: 1, optimizer: {lr: 1e999}}\n",
      ["1:38: 'training.optimizer.lr' must be a finite number, not 1e999"]),
    MalformedFile(
      "zero lr", "training: {steps: 1, optimizer: {lr: 0}}\n",
      ["1:38: 'training.optimizer.lr' must be above 0, not 0"]),
    MalformedFile(
      "ema one", "training: {steps: 1, ema: 1}\n",
      ["1:27: 'training.ema' must be at least 0 and below 1, not 1"]),
    MalformedFile(
      "yes for boolean",
      "data: {source: shapes, flip: yes}\ntraining: {steps: 1}\n",
      ["1:30: 'data.flip' expects true or false, not 'yes'"]),
    MalformedFile(
      "quoted boolean",
      "data: {source: shapes, flip: \"true\"}\ntraining: {steps: 1}\n",
      ["1:30: 'data.flip' expects true or false, not text 'true'"]),
    MalformedFile(
      "unknown word", "training: {steps: 1, precision: fp61}\n",
      ["1:33: 'training.precision' is fp32, bf16, fp16 or fp8, not 'fp61'"]),
    MalformedFile(
      "word in capitals", "training: {steps: 1, precision: FP32}\n",
      ["1:33: 'training.precision' is fp32, bf16, fp16 or fp8, not 'FP32'"]),
    MalformedFile(
      "number for word", "training: {steps: 1, precision: 16}\n",
      ["1:33: 'training.precision' is fp32, bf16, fp16 or fp8, not 16"]),
    MalformedFile(
      "no scale of what has none",
      "training: {steps: 1, precision: bf16, loss_scale: none}",
      [
        "1:51: only fp16 has a loss scale that could be left out; precision is bf16"
      ]),
    MalformedFile(
      "no value", "training: {steps: }\n",
      ["1:19: 'training.steps' has no value"]),
    MalformedFile(
      "null for required", "training: {steps: null}\n",
      ["1:19: 'training.steps' expects a whole number, not null"]),
    MalformedFile(
      "list for number", "training: {steps: 1, batch: [32, 64]}\n",
      ["1:29: 'training.batch' expects a whole number, not a list"]),
    MalformedFile(
      "mapping for number", "training: {steps: {a: 1}}\n",
      ["1:19: 'training.steps' expects a whole number, not a mapping"]),
    MalformedFile(
      "one beta", "training: {steps: 1, optimizer: {betas: [0.9]}}\n",
      ["1:41: 'training.optimizer.betas' expects 2 numbers, not 1"]),
    MalformedFile(
      "beta of one", "training: {steps: 1, optimizer: {betas: [0.9, 1]}}\n",
      ["1:47: 'training.optimizer.betas' must be at least 0 and below 1, not 1"]),
    MalformedFile(
      "metric not a list",
      "evaluation: {metrics: loss}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      [
        "1:23: 'evaluation.metrics' expects a list of loss, class-agreement, frechet-pca64, sample-variance, sample-mean, within-class-variance, wasserstein2, sliced-wasserstein, energy-distance, error-parts, inversion-error, bits-per-dim, log-likelihood, loss-by-snr, classifier-frechet, classifier-kernel, precision, recall, density, coverage, vendi, classifier-accuracy, memorisation, psnr, fid, not 'loss'"
      ]),
    MalformedFile(
      "unknown metric",
      "evaluation: {metrics: [loss, fdi]}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      [
        "1:30: 'evaluation.metrics' is loss, class-agreement, frechet-pca64, sample-variance, sample-mean, within-class-variance, wasserstein2, sliced-wasserstein, energy-distance, error-parts, inversion-error, bits-per-dim, log-likelihood, loss-by-snr, classifier-frechet, classifier-kernel, precision, recall, density, coverage, vendi, classifier-accuracy, memorisation, psnr or fid, not 'fdi'"
      ]),
    MalformedFile(
      "metric twice",
      "evaluation: {metrics: [loss, loss]}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:30: 'loss' is given twice"]),
    MalformedFile(
      "no metrics",
      "evaluation: {metrics: []}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:23: 'evaluation.metrics' is empty"]),
    MalformedFile(
      "format two",
      "workbench: 2\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:12: this file is in format 2, but this program reads format 1"]),
    MalformedFile(
      "name with blank",
      "name: two words\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:7: a name cannot hold ' '"]),
    MalformedFile(
      "name too long",
      "name: \(String(repeating: "a", count: 65))\n"
        + "data: {source: shapes}\n"
        + "training: {steps: 1}\n",
      ["1:7: the name is longer than 64 characters"]),
    MalformedFile(
      "name of dots",
      "name: ..\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:7: a name cannot be only dots"]),
    MalformedFile(
      "objective is no path",
      "objective: {metric: frechet-pca64}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:21: 'frechet-pca64' is not the name of a metric"]),
    MalformedFile(
      "objective not measured",
      "objective: {metric: eval/frechet_pca64}\n"
        + "data: {source: shapes}\n"
        + "training: {steps: 1}\n",
      ["1:21: nothing measures 'eval/frechet_pca64': evaluation.metrics is [loss]"]),
    MalformedFile(
      "goal",
      "objective: {goal: max}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:19: 'objective.goal' is minimize or maximize, not 'max'"]),
    MalformedFile(
      "tpe",
      "data: {source: shapes}\ntraining: {steps: 1}\nsweep: {method: tpe}\n",
      [
        "3:8: the sweep varies nothing",
        "3:8: 'sweep.seed' is missing: method 'tpe' needs it",
        "3:8: 'sweep.max_runs' is missing: method 'tpe' needs it",
      ]),
    MalformedFile(
      "when",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  when: {a: b}\n",
      [
        "5:10: when: there is no parameter 'a'",
        "5:13: 'sweep.when' expects a mapping from paths to lists of values, not 'b'",
      ]),
    MalformedFile(
      "prune",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {training.batch: [1, 2]}, prune: {kind: hyperband}}\n",
      ["3:61: 'sweep.prune.kind' is asha, median or bound, not 'hyperband'"]),
    MalformedFile(
      "sweep seed",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {training.batch: [1, 2]}, seed: -7}\n",
      ["3:47: 'sweep.seed' does not belong to method 'grid'"]),
    MalformedFile(
      "ranges",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {training.optimizer.lr: {log_uniform: [1e-5, 1e-3]}}}\n",
      ["3:45: 'training.optimizer.lr' expects a list of values to try, not a mapping"]),
    MalformedFile(
      "report cells",
      "data: {source: shapes}\ntraining: {steps: 1}\nreport: [a]\n",
      ["3:10: a cell is a mapping with its kind as the key, not 'a'"]),
    MalformedFile(
      "offset of linear",
      "diffusion: {schedule: {kind: linear, offset: 0.01}}\n"
        + "data: {source: shapes}\n"
        + "training: {steps: 1}\n",
      ["1:38: 'diffusion.schedule.offset' does not belong to diffusion.schedule.kind 'linear'"]),
    MalformedFile(
      "offset of default",
      "diffusion: {schedule: {offset: 0.01}}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:24: 'diffusion.schedule.offset' does not belong to diffusion.schedule.kind 'linear'"]),
    MalformedFile(
      "path of shapes",
      "data: {source: shapes, path: x}\ntraining: {steps: 1}\n",
      ["1:24: 'data.path' does not belong to data.source 'shapes'"]),
    MalformedFile(
      "idx without images",
      "data: {source: idx}\ntraining: {steps: 1}\n",
      ["1:16: 'data.images' is missing: data.source 'idx' needs it"]),
    MalformedFile(
      "dropout of none",
      "conditioning: {dropout: 0.2}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:16: 'conditioning.dropout' does not belong to conditioning.kind 'none'"]),
    MalformedFile(
      "no steps", "data: {source: shapes}\n",
      ["1:1: 'training.steps' is missing: it has no default"]),
    MalformedFile(
      "no steps, a section",
      "data: {source: shapes}\ntraining: {batch: 8}\n",
      ["2:1: 'training.steps' is missing: it has no default"]),
    MalformedFile(
      "levels of 28",
      "model: {levels: 4}\ntraining: {steps: 1}\n",
      [
        "1:17: 4 levels need a size that is a multiple of 8, not 28, the native size of fashion-mnist"
      ]),
    MalformedFile(
      "levels of size",
      "model: {levels: 4}\ndata: {size: 20}\ntraining: {steps: 1}\n",
      ["2:14: 4 levels need a size that is a multiple of 8, not 20"]),
    MalformedFile(
      "more steps than T",
      "diffusion: {steps: 10}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:20: sampling.steps is 50, more than the 10 of diffusion.steps"]),
    MalformedFile(
      "class of gaussian",
      "data: {source: gaussian}\n"
        + "model: {architecture: exact-gaussian}\n"
        + "conditioning: {kind: class}\n",
      ["3:22: conditioning on the class needs classes, but data source 'gaussian' has none"]),
    MalformedFile(
      "class of npy",
      "data: {source: npy, path: x.npy}\nconditioning: {kind: class}\ntraining: {steps: 1}\n",
      ["2:22: conditioning on the class needs classes, but data source 'npy' has none"]),
    MalformedFile(
      "range the wrong way round",
      "data: {source: npy, path: x.npy, range: [1, 0]}\ntraining: {steps: 1}\n",
      ["1:41: data.range is [black, white], and 1 is not below 0"]),
    MalformedFile(
      "a colour that is none",
      "data: {source: images, path: x, background: red}\ntraining: {steps: 1}\n",
      ["1:45: data.background cannot be 'red'"]),
    MalformedFile(
      "agreement without labels",
      "data: {source: idx, images: x}\n"
        + "evaluation: {metrics: [class-agreement]}\n"
        + "training: {steps: 1}\n",
      ["2:23: class-agreement needs classes, but data source 'idx' has none"]),
    MalformedFile(
      "lanes", "training: {steps: 1, batch: 4, lanes: 8}\n",
      ["1:39: 8 lanes cannot share a batch of 4"]),
    MalformedFile(
      "gaussian for unet",
      "data: {source: gaussian}\ntraining: {steps: 1}\n",
      ["1:16: small-unet needs images, but data source 'gaussian' gives points"]),
    MalformedFile(
      "exact on images", "model: {architecture: exact-gaussian}\n",
      ["1:23: exact-gaussian is exact for data source 'gaussian' only, not 'fashion-mnist'"]),
    MalformedFile(
      "exact trained",
      "data: {source: gaussian}\n"
        + "model: {architecture: exact-gaussian}\n"
        + "training: {steps: 5}\n",
      ["3:19: exact-gaussian has nothing to train, but training.steps is 5"]),
    MalformedFile(
      "beta falls",
      "diffusion: {schedule: {beta_start: 0.5}}\n"
        + "data: {source: shapes}\n"
        + "training: {steps: 1}\n",
      ["1:36: the schedule falls from β 0.5 to 0.02"]),
    MalformedFile(
      "eta of ddpm",
      "sampling: {eta: 0.5}\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:17: sampling.eta belongs to ddim, but the sampler is ddpm"]),
    MalformedFile(
      "tiny shapes",
      "data: {source: shapes, size: 4}\ntraining: {steps: 1}\n",
      ["1:30: shapes are drawn at 8 pixels or more, not 4"]),
  ]
}
