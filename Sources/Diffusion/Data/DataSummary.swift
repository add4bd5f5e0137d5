/// What became of everything that a source holds: found = used + ignored + beyond the limit.
package struct DataSummary: Sendable, Hashable, Codable {
  /// How images to train on and images held out were told apart.
  package enum Rule: String, Sendable, Hashable, Codable {
    /// The last tenth in file order, at least 1, at most 10,000.
    case lastTenth = "last tenth"
    /// The last tenth of each class.
    case lastTenthOfEachClass = "last tenth of each class"
    /// A tenth of each class, chosen by a fixed seed: the last tenth would leave a class without
    /// images on one side.
    case tenthOfEachClass = "tenth of each class, by a fixed seed"
    /// The source comes with images for testing.
    case own = "its own test images"
    /// A folder `test` or `val` beside `train`.
    case folders = "a folder of its own"
    /// `data.test`
    case given = "data.test"
    /// Drawn when asked for, the two apart from each other.
    case drawn = "drawn apart"
  }

  /// What is no part of the data, for one reason.
  package struct Ignored: Sendable, Hashable, Codable {
    package enum Unit: String, Sendable, Hashable, Codable {
      case files, images
      /// Of an archive, and not of images: not counted in ``DataSummary/found``.
      case arrays
    }

    package var reason: String
    package var count: Int
    package var unit = Unit.files
    /// The first few files, relative to the source's folder; or all arrays, by name.
    package var examples: [String]

    /// Whether there are more than the examples.
    package var hasMore: Bool { unit == .files && count > examples.count }
  }

  package struct ClassCount: Sendable, Hashable, Codable {
    /// nil: it has none.
    package var name: String?
    package var training: Int
    package var heldOut: Int
  }

  package struct Interval: Sendable, Hashable, Codable {
    package var lower: Double
    package var upper: Double
  }

  /// As in the experiment file: `fashion-mnist`, `images` …
  package var source: String
  /// The file or folder; nil: the source is found by its name, or drawn.
  package var path: String?
  /// Images, and files that are none.
  package var found: Int
  /// To train on and held out.
  package var used: Int
  package var ignored: [Ignored]
  /// Images that `data.limit` leaves out.
  package var beyondLimit: Int
  package var training: Int
  package var heldOut: Int
  package var rule: Rule
  /// Of a folder's parts the one for testing: `val`.
  package var heldOutFolder: String?
  /// Which part is trained on: `train`, unless `data.split` says `test`.
  package var split: DataSettings.Split
  /// As they are trained on; vectors are 1×1 with a channel a dimension.
  package var height: Int
  package var width: Int
  package var channels: Int
  package var isImage: Bool
  /// Sides of the images as the source has them, where they are brought to another size.
  package var storedHeights: ClosedRange<Int>?
  package var storedWidths: ClosedRange<Int>?
  /// Images of each number of channels, where they differ: all are brought to ``channels``.
  package var storedChannels: [Int: Int]
  /// In order; empty: no classes.
  package var classes: [ClassCount]
  /// Least and greatest value as the source holds them; nil: not known, as of files of several depths, or drawn.
  package var storedRange: Interval?
  /// The same of the values that are trained on.
  package var range: Interval?
  /// Of image files of 8 bits that are nearly black: the `data.range` that would scale them, from 0.
  package var brighterEnd: Int?

  /// Files and images that are no part of the data.
  package var ignoredCount: Int { ignored.reduce(0) { $0 + ($1.unit == .arrays ? 0 : $1.count) } }

  /// Images of the source, used or not.
  package var images: Int { used + beyondLimit }
}

/// Images as a source holds them, before anything is done to them.
struct StoredForm: Sendable, Hashable {
  var heights: ClosedRange<Int>
  var widths: ClosedRange<Int>
  /// Number of channels → how many images have it.
  var channels: [Int: Int]
  /// nil: not known.
  var values: StoredValues?

  /// Of this one's images and the other's.
  func merged(with other: StoredForm) -> StoredForm {
    StoredForm(
      heights: min(
        heights.lowerBound, other.heights.lowerBound)...max(
          heights.upperBound, other.heights.upperBound),
      widths: min(
        widths.lowerBound, other.widths.lowerBound)...max(
          widths.upperBound, other.widths.upperBound),
      channels: channels.merging(other.channels, uniquingKeysWith: +),
      values: values.flatMap { own in other.values.flatMap(own.merged) })
  }
}
