private import Foundation

/// CIFAR-10's binary batches (Krizhevsky 2009): records of a label and 3×32×32 bytes, plane by plane.
enum CIFAR10 {
  static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
  private static let side = 32
  private static let planes = 3
  private static let record = 1 + planes * side * side

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
    for path in files where limit.map({ labels.count < $0 }) ?? true {
      guard FileManager.default.fileExists(atPath: path) else {
        throw DiffusionError(
          .notFound,
          "\(path): not there. data.path must name the folder of CIFAR-10's binary version "
            + "(cifar-10-binary.tar.gz, unpacked).")
      }
      try append(path, to: &pixels, &labels)
    }
    let data = RawData(
      name: "cifar10", height: side, width: side, channels: planes, values: .bytes(pixels),
      labels: labels, classes: classNames.count, classNames: classNames)
    return data.first(limit)
  }

  private static func append(
    _ path: String, to pixels: inout [UInt8], _ labels: inout [Int32]
  ) throws(DiffusionError) {
    let file = try DataFile(path)
    guard !file.isCompressed, file.size > 0, file.size % record == 0 else {
      throw DiffusionError(
        .badInput,
        "\(path): \(file.size) bytes are no CIFAR-10 batch: expected records of \(record) bytes")
    }
    let bytes = try file.read(file.size, "the batch")
    let area = side * side
    pixels.reserveCapacity(pixels.count + file.size)
    for start in stride(from: 0, to: bytes.count, by: record) {
      let label = bytes[start]
      guard label < classNames.count else {
        throw DiffusionError(
          .badInput,
          "\(path): the label of record \(start / record) is \(label), expected 0 to 9")
      }
      labels.append(Int32(label))
      for pixel in 0..<area {
        for plane in 0..<planes {
          pixels.append(bytes[start + 1 + plane * area + pixel])
        }
      }
    }
  }
}
