internal import Diffusion
import Values

extension KeyDefinitions {
  private static let imageSources = [
    "fashion-mnist", "idx", "cifar10", "cifar100", "images", "npy", "npz", "csv", "shapes",
  ]
  /// Numbers in files, whose meaning the file does not say.
  private static let arraySources = ["idx", "npy", "npz", "csv"]

  private static func source(_ values: [String]) -> [Condition] {
    [Condition(path: "data.source", values: values)]
  }

  static let data: [KeyDefinition] = [
    .init(
      "data.source", .word(imageSources + ["gaussian", "mixture", "points"]),
      .value(.string("fashion-mnist")), .train,
      "Where the images come from; `shapes`, `gaussian`, `mixture` and the shapes of `points` need no files. The last three are vectors.",
      isKind: true),
    .init(
      "data.images", .text(.any), .required, .train,
      "IDX file of images, plain or gzip; relative to the folder the program is run in.",
      onlyFor: source(["idx"])),
    .init(
      "data.labels", .text(.any), .unset("none", "no classes"), .train,
      "File of class labels, of the same format as the images.", onlyFor: source(["idx", "npy"])),
    .init(
      "data.path", .text(.any),
      .requiredUnless(Condition(path: "data.source", values: ["points"]), .null), .train,
      "Folder (`cifar10`, `cifar100`, `images`) or file (`npy`, `npz`, `csv`; of `points`, in place of `shape`, CSV or NPY); relative to the folder the program is run in.",
      onlyFor: source(["cifar10", "cifar100", "images", "npy", "npz", "csv", "points"])),
    .init(
      "data.shape", .words(of: PointShape.self), .unset("none", "`path` names a file"), .train,
      "What the points lie on, in two dimensions; see [data formats](data-formats.md#points).",
      onlyFor: source(["points"])),
    .init(
      "data.classes", .words(of: DataSettings.CIFAR100Classes.self), .value(.string("fine")),
      .train,
      "Which of CIFAR-100's labels is the class: one of 100, or of 20.",
      onlyFor: source(["cifar100"])),
    .init(
      "data.image_array", .text(.any), .unset("auto", "found by common names"), .train,
      "Name of the array of images in the archive.", onlyFor: source(["npz"])),
    .init(
      "data.label_array", .text(.any), .unset("auto", "found by common names"), .train,
      "Name of the archive's array, or of the CSV's column, that holds the classes; for a column also `first` or `last`. `none`: no classes.",
      onlyFor: source(["npz", "csv", "points"])),
    .init(
      "data.conditions", .texts, .unset("none", ""), .train,
      "Numbers that come with each image or point and are a condition, no pixel and no coordinate: columns of a CSV by their heading, or of points counted from 1 where there is none; arrays of an archive, (N) or (N, A). Of `shapes`: shape, size, x, y, red, green, blue, tilt. For `conditioning.kind: vector`.",
      onlyFor: source(["points", "shapes", "npz", "csv"])),
    .init(
      "data.layout", .words(of: DataSettings.Layout.self), .value(.string("auto")), .train,
      "Order of an array's axes; `auto`: inferred from its shape.",
      onlyFor: source(["npy", "npz", "csv"])),
    .init(
      "data.range", .numbers(count: 2...2, .finite), .unset("auto", "bytes, or floats in [−1, 1]"),
      .train, "The stored values that become −1 and 1, for instance `[0, 1]`.",
      onlyFor: source(arraySources + ["images", "points"])),
    .init(
      "data.transpose", .boolean, .value(.boolean(false)), .train,
      "Exchange rows and columns, as EMNIST needs it.", onlyFor: source(arraySources)),
    .init(
      "data.background", .text(.any), .value(.string("black")), .train,
      "Behind transparent parts and around padded images: `black`, `white`, `'#rrggbb'`, or `ignored`, which takes the colours below as PyTorch's loaders do.",
      onlyFor: source(["images"])),
    .init(
      "data.variance", .number(.above(0)), .value(.number(1)), .train,
      "Variance of each component.", onlyFor: source(["gaussian"])),
    .init(
      "data.mean", .number(.finite), .value(.number(0)), .train,
      "Mean of each component.", onlyFor: source(["gaussian"])),
    .init(
      "data.means",
      .vectors(
        count: 1...MixtureParameters.mostComponents,
        dimensions: 1...MixtureParameters.mostDimensions,
        .finite),
      .unset("ring", "eight on a circle of radius 0.75"), .train,
      "Mean of each component of a mixture of Gaussians, a number a dimension: `[[-1], [1]]`. The class is the component.",
      onlyFor: source(["mixture"])),
    .init(
      "data.deviation", .number(.above(0)), .value(.number(MixtureParameters.ring.deviation)),
      .train, "Standard deviation of every component in every dimension.",
      onlyFor: source(["mixture"])),
    .init(
      "data.weights", .numbers(count: 1...MixtureParameters.mostComponents, .above(0)),
      .unset("equal", "each component in turn"), .train,
      "How often each component is drawn, up to a common factor.", onlyFor: source(["mixture"])),
    .init(
      "data.size", .integer(1...4096), .unset("native", "the source's own"), .train,
      "Side of the square images in pixels; for `gaussian` the number of dimensions.",
      onlyFor: source(imageSources + ["gaussian"])),
    .init(
      "data.fit", .words(of: DataSettings.Fit.self), .value(.string("pad")), .train,
      "How images of other sizes are fitted to `size`.", onlyFor: source(imageSources)),
    .init(
      "data.filter", .words(of: DataSettings.Filter.self), .value(.string("area")), .train,
      "How `resize` and `crop` resample: `area` averages when shrinking and is bilinear when enlarging; the others are Pillow's, antialiased.",
      onlyFor: source(imageSources.filter { $0 != "shapes" })),
    .init(
      "data.split", .words(of: DataSettings.Split.self), .value(.string("train")), .train,
      "Which part of the data to train on."),
    .init(
      "data.limit", .integer(1...Int.max), .unset("all", ""), .train,
      "Use only the first N images, in file order."),
    .init(
      "data.flip", .boolean, .value(.boolean(false)), .train,
      "Mirror an image left to right with probability ½ each time it is used.",
      onlyFor: source(imageSources)),
    .init(
      "data.shift", .integer(0...4095), .value(.integer(0)), .train,
      "Move an image by up to so many pixels right or left, up or down, each time it is used; its edge is repeated. See [augmentation](conditioning.md#augmentation).",
      onlyFor: source(imageSources)),
    .init(
      "data.brightness", .number(.closed(0, 1)), .value(.number(0)), .train,
      "b: multiply an image's brightness by a factor of 1 − b … 1 + b each time it is used.",
      onlyFor: source(imageSources)),
    .init(
      "data.test", .text(.any), .unset("none", "what the source has for testing, or a tenth"),
      .train,
      "Images for testing, a file or folder of the same kind; see [above](#what-is-held-out).",
      onlyFor: source(["idx", "images", "npy", "npz", "csv"])),
    .init(
      "data.test_labels", .text(.any), .unset("none", ""), .train,
      "File of their class labels.", onlyFor: source(["idx", "npy"])),
    .init(
      "data.channels", .integer(1...3), .unset("auto", "3 if any image is coloured, else 1"),
      .train,
      "1 converts coloured images to grey, 3 repeats grey ones in three channels.",
      onlyFor: source(imageSources.filter { $0 != "shapes" })),
    .init(
      "data.ignore", .texts, .unset("none", ""), .train,
      "Files and folders to leave out, as shell patterns: `['*.gif', more]`.",
      onlyFor: source(["images"])),
    .init(
      "data.recursive", .boolean, .value(.boolean(false)), .train,
      "Assign images in nested folders to the class whose folder they are in.",
      onlyFor: source(["images"])),
    .init(
      "data.relabel", .boolean, .value(.boolean(false)), .train,
      "Renumber the labels that occur from 0, where they have gaps.",
      onlyFor: source(arraySources + ["points"])),
    .init(
      "data.class_names", .texts, .unset("none", "the source's own"), .report,
      "Names of the classes, in order.", onlyFor: source(arraySources + ["images", "points"])),
  ]
}
