import Diffusion
import Images
import Store

/// Images of a data set on one sheet: a column per class or, if there are many, a row; images that are
/// trained on, then images that are held out.
struct ContactSheet {
  let image: Image

  private static let mostColumns = 16
  private static let mostRows = 200
  private static let trainingImages = 6
  private static let heldOutImages = 2
  /// Pixels of an image's longer side; larger ones are shown smaller.
  private static let largest = 128

  /// - Throws: `DiffusionError` if the data are no images.
  init(_ data: LoadedData) throws {
    guard data.training.isImage else {
      throw DiffusionError(
        .badInput, "\(data.training.name): holds vectors, which no picture shows: leave out -o")
    }
    let classes = data.training.classes
    guard classes > 0 else {
      let columns = 10
      func cells(_ data: DataSet, rows: Int) -> [Image] {
        Self.chosen(Array(0..<data.count), columns * rows, data)
      }
      let rows = min(Self.trainingImages, (data.training.count + columns - 1) / columns)
      image = Image.grid(
        cells(data.training, rows: Self.trainingImages)
          + cells(data.heldOut, rows: Self.heldOutImages),
        columns: columns, padding: 2, rowLabels: Self.labels(rows: rows))
      return
    }
    let groups = Self.places(data.training.labels, classes)
    let heldOut = Self.places(data.heldOut.labels, classes)
    // (class, image)
    let shown = min(classes, classes <= Self.mostColumns ? classes : Self.mostRows)
    // As many of each class as the largest has.
    func most(_ groups: [[Int]], _ limit: Int) -> Int {
      max(1, min(limit, groups.prefix(shown).map(\.count).max() ?? 0))
    }
    let (trained, held) = (most(groups, Self.trainingImages), most(heldOut, Self.heldOutImages))
    let rows = (0..<shown).map { label in
      Self.chosen(groups[label], trained, data.training)
        + Self.chosen(heldOut[label], held, data.heldOut)
    }
    let names = Image.labels(ofClasses: (0..<shown).map { data.summary.className($0) })
    let count = trained + held
    if classes <= Self.mostColumns {
      image = Image.grid(
        (0..<count).flatMap { place in rows.map { $0[place] } }, columns: classes, padding: 2,
        rowLabels: Self.labels(rows: trained), columnLabels: names)
    } else {
      image = Image.grid(
        rows.flatMap { $0 }, columns: count, padding: 2, rowLabels: names,
        columnLabels: Self.labels(rows: trained))
    }
  }

  /// Heads of the rows: where images to train on begin, and where those held out do.
  private static func labels(rows: Int) -> [String] {
    ["to train on"] + [String](repeating: "", count: max(0, rows - 1)) + ["held out"]
  }

  /// The images of each class.
  private static func places(_ labels: [Int32], _ classes: Int) -> [[Int]] {
    var places = [[Int]](repeating: [], count: classes)
    for (place, label) in labels.enumerated() { places[Int(label)].append(place) }
    return places
  }

  /// `count` of them, evenly spread; blank ones if there are fewer, in full rows of ten without classes.
  private static func chosen(_ places: [Int], _ count: Int, _ data: DataSet) -> [Image] {
    let taken = min(places.count, count)
    var images = (0..<taken).map { picture(data.image(places[$0 * places.count / taken])) }
    let wanted = count > 10 ? (taken + 9) / 10 * 10 : count
    while images.count < wanted { images.append(blank(like: data)) }
    return images
  }

  private static func blank(like data: DataSet) -> Image {
    Image(width: 1, height: 1, channels: data.channels < 3 ? 1 : 3, level: 250)
  }

  /// Averaged over squares of whole pixels where it is large.
  private static func picture(_ image: Image) -> Image {
    let factor = (max(image.width, image.height) + largest - 1) / largest
    guard factor > 1 else { return image }
    let (width, height) = (max(1, image.width / factor), max(1, image.height / factor))
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * image.channels)
    for row in 0..<height {
      for column in 0..<width {
        for channel in 0..<image.channels {
          var sum = 0
          var count = 0
          for y in row * factor..<min(image.height, (row + 1) * factor) {
            for x in column * factor..<min(image.width, (column + 1) * factor) {
              sum += Int(image.pixels[(y * image.width + x) * image.channels + channel])
              count += 1
            }
          }
          pixels.append(UInt8((sum + count / 2) / count))
        }
      }
    }
    return Image(width: width, height: height, channels: image.channels, pixels: pixels)
  }
}
