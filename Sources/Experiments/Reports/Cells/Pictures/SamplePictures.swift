import Analysis
import Images
import Store
import Values

/// Samples of runs, cut out of the sheets that they left in the store.
struct SamplePictures {
  let table: RunTable
  private let memory: ReportMemory

  init(_ table: RunTable, _ memory: ReportMemory) { (self.table, self.memory) = (table, memory) }

  /// Steps of the training at which the run has drawn samples, and the last step for those drawn at
  /// the end.
  func steps(_ run: RunSummary) throws -> [(step: Int, artifact: Artifact)] {
    try table.samples(of: run, mediaType: "image/png")
  }

  /// What was drawn at a step; nil: at the end, or as late as there is.
  func artifact(_ run: RunSummary, step: Int?) throws -> Artifact? {
    let steps = try steps(run)
    guard let step else { return steps.last?.artifact }
    return steps.first { $0.step == step }?.artifact
  }

  /// A sheet laid out as the samples of the end are, by its artifact's name; nil where there is none: the training images
  /// nearest to them, say.
  func beside(_ run: RunSummary, _ name: String) throws -> Artifact? {
    try table.pictures(of: run).first { $0.name == "\(name).png" }
  }

  /// The sheet of an artifact, with its pictures' places found; nil where it is no such sheet.
  func sheet(_ artifact: Artifact) throws -> ImageSheet? {
    if case .cut(let sheet) = try memory.sheet(sha256: artifact.sha256, in: table.store) {
      sheet
    } else {
      nil
    }
  }

  /// Image number `index` of a sheet; of a class the number `index` of those, where the sheet has one column per class.
  /// What is no sheet of this program's is one image, number 0.
  ///
  /// - Parameter beside: in its place the picture of that sheet, see ``beside(_:_:)``.
  func image(
    _ run: RunSummary, step: Int?, index: Int, classIndex: Int?, beside name: String? = nil
  ) throws -> Image? {
    guard
      let artifact = try name.map({ try beside(run, $0) }) ?? artifact(run, step: step)
    else {
      return nil
    }
    let sheet: ImageSheet
    switch try memory.sheet(sha256: artifact.sha256, in: table.store) {
    case .cut(let found): sheet = found
    case .whole(let image): return index == 0 ? image : nil
    case .unreadable: return nil
    }
    guard let classIndex else { return sheet.image(index) }
    let classes = try classes(run, sheet)
    guard classIndex < classes else { return nil }
    return sheet.image(index * classes + classIndex)
  }

  /// What a run has at some paths, like "training.seed=0".
  func text(of paths: [String], _ run: RunSummary) throws -> String {
    try paths.map { path in
      "\(path)=\(try table.setting(path, of: run)?.text ?? "none")"
    }.joined(separator: ", ")
  }

  /// Sample i is of class i modulo this; 1 where there are none.
  func classes(_ run: RunSummary, _ sheet: ImageSheet) throws -> Int {
    guard try SampleSheet.isOfClasses(run, table) else { return 1 }
    // A sheet of such a run has a class a column.
    return sheet.columns
  }
}

extension [Image] {
  /// Side by side without a gap.
  func joined() -> Image? {
    guard count > 1 else { return first }
    let height = reduce(0) { Swift.max($0, $1.height) }
    let channels = reduce(1) { Swift.max($0, $1.channels) }
    var pixels: [UInt8] = []
    for row in 0..<height {
      for image in self {
        for x in 0..<image.width {
          for channel in 0..<channels {
            let place =
              (row * image.width + x) * image.channels + Swift.min(channel, image.channels - 1)
            pixels.append(row < image.height ? image.pixels[place] : 250)
          }
        }
      }
    }
    return Image(
      width: reduce(0) { $0 + $1.width }, height: height, channels: channels, pixels: pixels)
  }
}
