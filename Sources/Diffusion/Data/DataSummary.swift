/// What became of everything that a source holds: found = used + ignored + beyond the limit.
public struct DataSummary: Sendable, Hashable, Codable {
  /// How images to train on and images held out were told apart.
  public enum Rule: String, Sendable, Hashable, Codable {
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
  public struct Ignored: Sendable, Hashable, Codable {
    public enum Unit: String, Sendable, Hashable, Codable {
      case files, images
      /// Of an archive, and not of images: not counted in ``DataSummary/found``.
      case arrays
    }

    public var reason: String
    public var count: Int
    public var unit = Unit.files
    /// The first few files, relative to the source's folder; or all arrays, by name.
    public var examples: [String]

    /// Whether there are more than the examples.
    public var hasMore: Bool { unit == .files && count > examples.count }
  }

  public struct ClassCount: Sendable, Hashable, Codable {
    /// nil: it has none.
    public var name: String?
    public var training: Int
    public var heldOut: Int
  }

  public struct Interval: Sendable, Hashable, Codable {
    public var lower: Double
    public var upper: Double
  }

  /// As in the experiment file: `fashion-mnist`, `images` …
  public var source: String
  /// The file or folder; nil: the source is found by its name, or drawn.
  public var path: String?
  /// Images, and files that are none.
  public var found: Int
  /// To train on and held out.
  public var used: Int
  public var ignored: [Ignored]
  /// Images that `data.limit` leaves out.
  public var beyondLimit: Int
  public var training: Int
  public var heldOut: Int
  public var rule: Rule
  /// Of a folder's parts the one for testing: `val`.
  public var heldOutFolder: String?
  /// Which part is trained on: `train`, unless `data.split` says `test`.
  public var split: DataSettings.Split
  /// As they are trained on; vectors are 1×1 with a channel a dimension.
  public var height: Int
  public var width: Int
  public var channels: Int
  public var isImage: Bool
  /// Sides of the images as the source has them, where they are brought to another size.
  public var storedHeights: ClosedRange<Int>?
  public var storedWidths: ClosedRange<Int>?
  /// Images of each number of channels, where they differ: all are brought to ``channels``.
  public var storedChannels: [Int: Int]
  /// In order; empty: no classes.
  public var classes: [ClassCount]
  /// Least and greatest value as the source holds them; nil: not known, as of files of several depths, or drawn.
  public var storedRange: Interval?
  /// The same of the values that are trained on.
  public var range: Interval?
  /// Of image files of 8 bits that are nearly black: the `data.range` that would scale them, from 0.
  public var brighterEnd: Int?

  /// Files and images that are no part of the data.
  public var ignoredCount: Int { ignored.reduce(0) { $0 + ($1.unit == .arrays ? 0 : $1.count) } }

  /// Images of the source, used or not.
  public var images: Int { used + beyondLimit }
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
