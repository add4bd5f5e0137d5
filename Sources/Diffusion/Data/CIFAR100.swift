private import Foundation

/// CIFAR-100's binary files (Krizhevsky 2009): records of a coarse and a fine label and 3×32×32 bytes, plane by plane.
enum CIFAR100 {
  static let coarseNames = [
    "aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables",
    "household_electrical_devices", "household_furniture", "insects", "large_carnivores",
    "large_man-made_outdoor_things", "large_natural_outdoor_scenes",
    "large_omnivores_and_herbivores", "medium_mammals", "non-insect_invertebrates", "people",
    "reptiles", "small_mammals", "trees", "vehicles_1", "vehicles_2",
  ]
  static let fineNames = [
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle",
    "bottle", "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle",
    "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch",
    "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox",
    "girl", "hamster", "house", "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion",
    "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom",
    "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
    "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road",
    "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake",
    "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank",
    "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle",
    "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
  ]

  /// - Parameter folder: holds `train.bin` and `test.bin`, or a folder `cifar-100-binary` that does.
  /// - Throws: `notFound`, `inputOutput`, `badInput`.
  static func read(
    folder: String, classes: DataSettings.CIFAR100Classes, split: DataSettings.Split, limit: Int?
  ) throws(DiffusionError) -> RawData {
    let inner = folder + "/cifar-100-binary"
    let folder = FileManager.default.fileExists(atPath: inner) ? inner : folder
    let path = "\(folder)/\(split == .train ? "train" : "test").bin"
    guard FileManager.default.fileExists(atPath: path) else {
      throw DiffusionError(
        .notFound,
        "\(path): not found. data.path must name the folder of CIFAR-100's binary version "
          + "(cifar-100-binary.tar.gz, unpacked).")
    }
    let format = CIFARBatch(
      name: "CIFAR-100 file", labels: 2, label: classes == .coarse ? 0 : 1,
      classes: [coarseNames.count, fineNames.count])
    var pixels: [UInt8] = []
    var labels: [Int32] = []
    try format.append(path, to: &pixels, &labels)
    let names = classes == .coarse ? coarseNames : fineNames
    return RawData(
      name: "cifar100", height: CIFARBatch.side, width: CIFARBatch.side,
      channels: CIFARBatch.planes, values: .bytes(pixels), labels: labels, classes: names.count,
      classNames: names
    ).first(limit)
  }
}
