extension MalformedFile {
  /// Sweeps that cannot be expanded.
  static let sweeps: [MalformedFile] = [
    MalformedFile(
      "sweep of nothing",
      "data: {source: shapes}\ntraining: {steps: 1}\nsweep: {}\n",
      ["3:8: the sweep varies nothing"]),
    MalformedFile(
      "sweep as list",
      "data: {source: shapes}\ntraining: {steps: 1}\nsweep: [1]\n",
      ["3:8: 'sweep' expects a mapping, not a list"]),
    MalformedFile(
      "unknown sweep key",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {params: {training.batch: [1]}}\n",
      ["3:9: unknown key 'params' in 'sweep'"]),
    MalformedFile(
      "unknown path",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {training.batchh: [1, 2]}}\n",
      ["3:22: there is no parameter 'training.batchh'"]),
    MalformedFile(
      "last part of a path",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {precision: [fp32, bf16]}}\n",
      ["3:22: there is no parameter 'precision'"]),
    MalformedFile(
      "sweep of a section",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {diffusion.schedule: [linear]}}\n",
      ["3:22: 'diffusion.schedule' is a section; a sweep varies one key"]),
    MalformedFile(
      "sweep of logging",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {training.log_every: [1, 2]}}\n",
      ["3:22: 'training.log_every' cannot be swept: it changes no result"]),
    MalformedFile(
      "sweep of a scalar",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {training.precision: bf16}}\n",
      ["3:42: 'training.precision' expects a list of values to try, not 'bf16'"]),
    MalformedFile(
      "sweep of no values",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {training.precision: []}}\n",
      ["3:42: 'training.precision' has no values to try"]),
    MalformedFile(
      "value twice",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {training.optimizer.lr: [1e-3, 0.001]}}\n",
      ["3:52: '0.001' is given twice"]),
    MalformedFile(
      "bad value",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {training.precision: [fp32, bf61]}}\n",
      ["3:49: 'training.precision' is fp32, bf16, fp16 or fp8, not 'bf61'"]),
    MalformedFile(
      "flat list of metrics",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {parameters: {evaluation.metrics: [loss]}}\n",
      ["3:42: 'evaluation.metrics' expects a list of lists to try"]),
    MalformedFile(
      "zip of two lengths",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {zip: [{training.batch: [1, 2], training.seed: [1, 2, 3]}]}\n",
      [
        "3:40: the lists of a zip have one length: 'training.seed' has 3 values, 'training.batch' has 2"
      ]),
    MalformedFile(
      "row of a zip twice",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {zip: [{training.batch: [1, 2, 1], training.seed: [1, 1, 1]}]}\n",
      ["3:39: row 3 of the zip is row 1 again"]),
    MalformedFile(
      "value of a zip of one column twice",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {zip: [{training.batch: [1, 2, 1]}]}\n",
      ["3:39: '1' is given twice"]),
    MalformedFile(
      "path twice",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  zip: [{training.batch: [1, 2]}]\n",
      ["5:10: 'training.batch' is swept twice"]),
    MalformedFile(
      "runs of a grid",
      "data: {source: shapes}\ntraining: {steps: 1}\nsweep: {runs: [{training.batch: 1}]}\n",
      ["3:9: 'sweep.runs' does not belong to method 'grid'"]),
    MalformedFile(
      "parameters of a list",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep: {method: list, parameters: {training.batch: [1]}}\n",
      ["3:23: 'sweep.parameters' does not belong to method 'list'"]),
    MalformedFile(
      "the same run twice",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  method: list\n"
        + "  runs:\n"
        + "    - {training.batch: 64}\n"
        + "    - {}\n",
      ["7:7: this run is the same as run 0: all its settings are equal"]),
    MalformedFile(
      "repeat of no seed",
      "data: {source: shapes}\ntraining: {steps: 1}\nsweep: {repeat: {training.batch: 3}}\n",
      ["3:18: 'training.batch' cannot be repeated over: it is not a seed"]),
    MalformedFile(
      "repeat zero",
      "data: {source: shapes}\ntraining: {steps: 1}\nsweep: {repeat: {training.seed: 0}}\n",
      ["3:33: 'sweep.repeat' must be at least 1, not 0"]),
    MalformedFile(
      "too many runs",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  repeat: {training.seed: 200, sampling.seed: 200}\n",
      ["4:3: the sweep makes 40000 runs, but 10000 is the limit"]),
    MalformedFile(
      "max_runs",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2, 3]}\n"
        + "  max_runs: 2\n",
      ["5:13: the sweep makes 3 runs, but max_runs is 2"]),
    MalformedFile(
      "nothing left",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  where: training.batch > 2\n",
      ["5:10: no run is left: 'where' leaves out all 2"]),
    MalformedFile(
      "swept kind without its keys",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {diffusion.schedule.kind: [linear, cosine], diffusion.schedule.offset: [0.004, 0.008]}\n",
      ["4:59: 'diffusion.schedule.offset' does not belong to diffusion.schedule.kind 'linear'"]),
    MalformedFile(
      "a clash in one run",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters:\n"
        + "    sampling.steps: [50, 2000]\n",
      ["5:26: sampling.steps is 2000, more than the 1000 of diffusion.steps"]),
    MalformedFile(
      "where: unknown",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  where: \"training.bach > 1\"\n",
      ["5:11: where: there is no parameter 'training.bach'"]),
    MalformedFile(
      "where: assignment",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  where: \"training.batch = 1\"\n",
      ["5:26: where: '=' has no meaning here"]),
    MalformedFile(
      "where: no condition",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  where: training.batch + 1\n",
      ["5:10: where: a condition is true or false, and this is a number"]),
    MalformedFile(
      "where: types",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  where: training.batch == 'a'\n",
      ["5:25: where: a number is never equal to text"]),
    MalformedFile(
      "where: never",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  where: training.precision == 'bf61'\n",
      ["5:32: where: it is never 'bf61', only fp32, bf16, fp16 or fp8"]),
    MalformedFile(
      "where: bracket",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  where: (training.batch > 1\n",
      ["5:10: where: this bracket is not closed"]),
    MalformedFile(
      "where: ends",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  where: training.batch >\n",
      ["5:26: where: the expression ends where a value is expected"]),
    MalformedFile(
      "where: zero",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  where: training.batch % training.seed == 0\n",
      ["5:25: where: a division by zero"]),
    MalformedFile(
      "where: folded",
      "data: {source: shapes}\n"
        + "training: {steps: 1}\n"
        + "sweep:\n"
        + "  parameters: {training.batch: [1, 2]}\n"
        + "  where: >\n"
        + "    training.batch\n"
        + "    > 'x'\n",
      ["5:10: where: '>' expects a number, and this is text"]),
    MalformedFile(
      "three errors",
      "nmae: x\ndata: {sorce: shapes}\ntraining: {steps: 1, batch: 0}\n",
      [
        "1:1: unknown key 'nmae'",
        "2:8: unknown key 'sorce' in 'data'",
        "3:29: 'training.batch' must be at least 1, not 0",
      ]),
  ]
}
