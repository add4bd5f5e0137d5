extension MalformedFile {
  /// Of shapes, with one line of conditioning and what it clashes with before.
  private static func told(_ name: String, _ line: String, _ errors: String...) -> MalformedFile {
    MalformedFile(name, line + "\ndata: {source: shapes}\ntraining: {steps: 1}\n", errors)
  }

  /// What a network is told besides image and time.
  static let conditioning: [MalformedFile] = [
    told(
      "self-conditioning and heun", "sampling: {sampler: heun}\nconditioning: {self: true}",
      "1:21: with conditioning.self the network hears its estimate of the level before, but sampler heun asks it more than once at a level"
    ),
    told(
      "self-conditioning and bits per dimension",
      "evaluation: {metrics: [loss, bits-per-dim]}\nconditioning: {self: true}",
      "1:23: bits-per-dim asks the network at levels of its own, where there is no estimate of the level before, but conditioning.self is true"
    ),
    told(
      "self-conditioning of nothing", "conditioning: {self: maybe}",
      "1:22: 'conditioning.self' expects true or false, not 'maybe'"),
    told(
      "scale and shift of concat", "conditioning: {kind: class, inject: scale_shift}",
      "1:37: 'conditioning.inject' is concat or time, not 'scale_shift'"),
    told(
      "augmentation of nothing", "conditioning: {augmentation: true}",
      "1:30: conditioning.augmentation tells what was done to an image, and nothing is"),
    MalformedFile(
      "shift out of the image",
      "data: {source: shapes, size: 16, shift: 16}\ntraining: {steps: 1}\n",
      ["1:41: data.shift moves by up to 16 pixels, and the images are 16×16"]),
    MalformedFile(
      "too bright", "data: {source: shapes, brightness: 1.5}\ntraining: {steps: 1}\n",
      ["1:36: 'data.brightness' must be at least 0 and at most 1, not 1.5"]),
    MalformedFile(
      "shift of points",
      "data: {source: points, shape: moons, shift: 2}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["1:38: 'data.shift' does not belong to data.source 'points'"]),
    MalformedFile(
      "augmentation of points",
      "data: {source: points, shape: moons}\nmodel: {architecture: mlp}\nconditioning: {augmentation: true}\ntraining: {steps: 1}\n",
      ["3:16: 'conditioning.augmentation' does not belong to model.architecture 'mlp'"]),
    told(
      "dropout of everything", "model: {dropout: 1}",
      "1:18: 'model.dropout' must be at least 0 and below 1, not 1"),
    told(
      "blocks that do not fit", "conditioning: {kind: image, factor: 5}",
      "1:37: images of 32×32 are not made of 5×5 blocks"),
    told(
      "factor of colouring", "conditioning: {kind: image, task: colouring, factor: 2}",
      "1:46: 'conditioning.factor' does not belong to conditioning.task 'colouring'"),
    told(
      "psnr of classes", "evaluation: {metrics: [psnr]}\nconditioning: {kind: class}",
      "1:23: psnr is of images that are restored, but conditioning.kind is class"),
    MalformedFile(
      "images of points",
      "data: {source: points, shape: moons}\nmodel: {architecture: mlp}\nconditioning: {kind: image}\ntraining: {steps: 1}\n",
      ["3:22: conditioning.kind image is of images, but data source 'points' gives points"]),
    told(
      "vector of nothing", "conditioning: {kind: vector}",
      "1:22: conditioning.kind vector takes numbers that come with the data, but data.conditions names none"
    ),
    MalformedFile(
      "attributes that shapes have not",
      "data: {source: shapes, conditions: [size, hue]}\nconditioning: {kind: vector}\ntraining: {steps: 1}\n",
      [
        "1:36: data.conditions of shapes are shape, size, x, y, red, green, blue or tilt, not 'hue'"
      ]),
    MalformedFile(
      "categories that nothing is told of",
      "data: {source: shapes, conditions: [size]}\nconditioning: {kind: vector, categories: [shape]}\ntraining: {steps: 1}\n",
      ["2:42: conditioning.categories names 'shape', which data.conditions does not"]),
    MalformedFile(
      "categories of a class",
      "data: {source: shapes}\nconditioning: {kind: class, categories: [shape]}\ntraining: {steps: 1}\n",
      ["2:29: 'conditioning.categories' does not belong to conditioning.kind 'class'"]),
    MalformedFile(
      "columns of a shape",
      "data: {source: points, shape: moons, conditions: [z]}\nmodel: {architecture: mlp}\ntraining: {steps: 1}\n",
      ["1:50: data.conditions names columns of a file, but the points are of a shape"]),
    MalformedFile(
      "likelihood of vectors",
      "data: {source: shapes, conditions: [size]}\nconditioning: {kind: vector}\nevaluation: {metrics: [bits-per-dim]}\ntraining: {steps: 1}\n",
      ["3:23: bits-per-dim is not measured of networks that are told vectors"]),
  ]
}
