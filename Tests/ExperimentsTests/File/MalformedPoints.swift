extension MalformedFile {
  /// Points, mixtures, and the network for them.
  static let points: [MalformedFile] = [
    MalformedFile(
      "neither shape nor file",
      "data: {source: points}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      [
        "1:16: points lie on a shape or come from a file, but neither data.shape nor data.path is given"
      ]),
    MalformedFile(
      "shape and file",
      "data: {source: points, shape: moons, path: a.csv}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["1:44: data.shape moons and data.path a.csv exclude each other"]),
    MalformedFile(
      "range of a shape",
      "data: {source: points, shape: moons, range: [0, 1]}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["1:45: data.range says how a file is read, but the points are of a shape"]),
    MalformedFile(
      "no such shape",
      "data: {source: points, shape: moon}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      [
        "1:31: 'data.shape' is moons, swiss-roll, checkerboard, rings, pinwheel, eight-gaussians or line-drawing, not 'moon'"
      ]),
    MalformedFile(
      "shape of images",
      "data: {source: shapes, shape: moons}\ntraining: {steps: 1}\n",
      ["1:24: 'data.shape' does not belong to data.source 'shapes'"]),
    MalformedFile(
      "number for means",
      "data: {source: mixture, means: 1}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["1:32: 'data.means' expects a list of lists of numbers, not 1"]),
    MalformedFile(
      "numbers for means",
      "data: {source: mixture, means: [-1, 1]}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      [
        "1:33: 'data.means' expects a list of lists of numbers, not -1 in it",
        "1:37: 'data.means' expects a list of lists of numbers, not 1 in it",
      ]),
    MalformedFile(
      "means of two lengths",
      "data: {source: mixture, means: [[-1], [1, 2]]}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["1:39: 'data.means' has lists of 1 and of 2 numbers"]),
    MalformedFile(
      "means without numbers",
      "data: {source: mixture, means: [[]]}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["1:33: 'data.means' is empty"]),
    MalformedFile(
      "word in means",
      "data: {source: mixture, means: [[0, a]]}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["1:37: 'data.means' expects a list of lists of numbers, not 'a'"]),
    MalformedFile(
      "weights of fewer components",
      "data: {source: mixture, means: [[0], [1], [2]], weights: [1, 2]}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["1:58: data.weights has 2 numbers for 3 components"]),
    MalformedFile(
      "no weight",
      "data: {source: mixture, weights: [0]}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["1:35: 'data.weights' must be above 0, not 0"]),
    MalformedFile(
      "classes of a roll",
      "data: {source: points, shape: swiss-roll}\nconditioning: {kind: class}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["2:22: conditioning on the class needs classes, but data points' shape swiss-roll has none"]),
    MalformedFile(
      "perceptron on images",
      "data: {source: shapes}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["2:23: mlp takes points, but data source 'shapes' gives images"]),
    MalformedFile(
      "U-Net on points",
      "data: {source: points, shape: moons}\nmodel: {architecture: unet}\ntraining: {steps: 1}\n",
      ["2:23: unet needs images, but data source 'points' gives points"]),
    MalformedFile(
      "class beside a vector",
      "data: {source: points, shape: moons}\nmodel: {architecture: mlp}\n"
        + "conditioning: {kind: class, inject: concat}\ntraining: {steps: 1}\n",
      [
        "3:37: mlp takes the class through the time embedding, but conditioning.inject is concat"
      ]),
    MalformedFile(
      "scale of no embedding",
      "data: {source: points, shape: moons}\n"
        + "model: {architecture: mlp, input_embedding: {scale: 10}}\ntraining: {steps: 1}\n",
      ["2:46: 'model.input_embedding.scale' does not belong to model.input_embedding.kind 'none'"]),
    MalformedFile(
      "levels of a perceptron",
      "data: {source: points, shape: moons}\nmodel: {architecture: mlp, levels: 2}\n"
        + "training: {steps: 1}\n",
      ["2:28: 'model.levels' does not belong to model.architecture 'mlp'"]),
  ]
}
