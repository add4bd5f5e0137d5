private import Foundation

/// CIFAR-10's binary batches (Krizhevsky 2009): records of a label and 3×32×32 bytes, plane by plane.
enum CIFAR10 {
  static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
  private static let format = CIFARBatch(
    name: "CIFAR-10 batch", labels: 1, label: 0, classes: [classNames.count])

  /// - Parameter folder: holds `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin`, or a
  ///   folder `cifar-10-batches-bin` that does.
  /// - Throws: `notFound`, `inputOutput`, `badInput`.
  static func read(
    folder: String, split: DataSettings.Split, limit: Int?
  ) throws(DiffusionError) -> RawData {
    let inner = folder + "/cifar-10-batches-bin"
    let folder = FileManager.default.fileExists(atPath: inner) ? inner : folder
    let files =
      switch split {
      case .train: (1...5).map { "\(folder)/data_batch_\($0).bin" }
      case .test: ["\(folder)/test_batch.bin"]
      }
    var pixels: [UInt8] = []
    var labels: [Int32] = []
    // Whole records alone are a batch: `append` says so of those that are read.
    let available = files.reduce(0) { sum, path in
      let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      return sum + (size ?? 0) / format.record
    }
    for path in files where limit.map({ labels.count < $0 }) ?? true {
      guard FileManager.default.fileExists(atPath: path) else {
        throw DiffusionError(
          .notFound,
          "\(path): not found. data.path must name the folder of CIFAR-10's binary version "
            + "(cifar-10-binary.tar.gz, unpacked).")
      }
      try format.append(path, to: &pixels, &labels)
    }
    var data = RawData(
      name: "cifar10", height: CIFARBatch.side, width: CIFARBatch.side,
      channels: CIFARBatch.planes, values: .bytes(pixels), labels: labels,
      classes: classNames.count, classNames: classNames)
    data.available = max(available, data.count)
    return data.first(limit)
  }
}
