public import Images

/// What to train on: the `data` section of an experiment file.
public struct DataSettings: Sendable, Hashable, Codable {
  /// Where the images come from.
  public enum Source: Sendable, Hashable, Codable {
    /// Xiao 2017; found where the system keeps data, or in `WORKBENCH_DATA`.
    case fashionMNIST
    /// An IDX pair, plain or gzip; `labels` may be absent.
    case idx(images: String, labels: String?)
    /// A folder of CIFAR-10's binary batches.
    case cifar10(path: String)
    /// A folder of CIFAR-100's binary files; the class is one of 100, or of 20 coarse ones.
    case cifar100(path: String, classes: CIFAR100Classes)
    /// A folder of images (PNG, JPEG, WebP), one sub-folder a class, or none and no classes.
    case images(path: String)
    /// A NumPy array: images (N,H,W), (N,C,H,W) or (N,H,W,C), or vectors (N,D); `labels` may be absent.
    case npy(path: String, labels: String? = nil)
    /// An archive of NumPy arrays; nil: the arrays are found by the names that people use. ``noLabels`` is no array.
    case npz(path: String, images: String? = nil, labels: String? = nil)
    /// Comma-separated values: a line an image. The class is in the column that is called `label`, `first`, `last` or,
    /// with ``noLabels``, in none; nil: found, or asked for.
    case csv(path: String, label: String? = nil)
    /// Coloured shapes drawn on the fly, the class being the shape: needs no files.
    case shapes
    /// N(mean, variance·I) in `size` dimensions (images of 1×1 with `size` channels).
    case gaussian(variance: Double, mean: Double)
    /// Gaussians of one width, see ``MixtureParameters``; the class is the component. nil: means on a circle, components
    /// in turn.
    case mixture(
      means: [[Double]]? = nil, deviation: Double = MixtureParameters.ring.deviation,
      weights: [Double]? = nil)
    /// Points on a shape in two dimensions, or of a file of one's own (CSV, NPY): one of the two is given. The class of a
    /// file's point is in the column that is called `label`, as of ``csv(path:label:)``.
    case points(shape: PointShape? = nil, path: String? = nil, label: String? = nil)
  }

  /// In the place of the name of labels: there are none, or they are not wanted.
  static let noLabels = "none"

  /// Of a source without images of its own for testing a tenth is held out; see
  /// ``DataSummary/Rule``.
  public enum Split: String, Sendable, Hashable, Codable, CaseIterable {
    /// Images for training.
    case train
    /// Images for testing.
    case test
  }

  /// Which of CIFAR-100's two labels is the class.
  public enum CIFAR100Classes: String, Sendable, Hashable, Codable, CaseIterable {
    /// One of 100.
    case fine
    /// One of 20.
    case coarse
  }

  /// The order of an array's axes.
  public enum Layout: String, Sendable, Hashable, Codable, CaseIterable {
    /// Seen by the shape; an error where it can be read in two ways.
    case auto
    /// (N, C, H, W), as PyTorch has it.
    case nchw
    /// (N, H, W, C), as NumPy, TensorFlow and JAX have it.
    case nhwc
    /// (N, H, W): grey.
    case nhw
  }

  /// The stored values that become −1 and 1.
  public struct ValueRange: Sendable, Hashable, Codable {
    /// Becomes −1.
    public let lower: Double
    /// Becomes 1.
    public let upper: Double

    /// nil: not two different numbers in order.
    public init?(_ lower: Double, _ upper: Double) {
      guard lower < upper, (upper - lower).isFinite else { return nil }
      self.lower = lower
      self.upper = upper
    }

    static let signed = ValueRange(-1, 1)
    static let bytes = ValueRange(0, 255)

    /// 2·(v − lower)/(upper − lower) − 1, kept within −1 … 1.
    func scaled(_ value: Float) -> Float {
      Float(max(-1, min(1, 2 * (Double(value) - lower) / (upper - lower) - 1)))
    }
  }

  /// How images of other sizes are fitted to `size`.
  public enum Fit: String, Sendable, Hashable, Codable, CaseIterable {
    /// Centred on the background, value −1.
    case pad
    /// Each side by itself, whatever that does to the proportions.
    case resize
    /// The shorter side to `size`, and of the longer one the middle.
    case crop
  }

  /// How `resize` and `crop` make a pixel of others.
  public enum Filter: String, Sendable, Hashable, Codable, CaseIterable {
    /// Area average (smaller) or bilinear (larger).
    case area
    /// Pillow's, with antialias where the image gets smaller.
    case box, bilinear, bicubic, lanczos
  }

  /// Where the images come from.
  public var source: Source
  /// Which of the source's images are trained on.
  public var split: Split
  /// The first N images of `split` in file order; nil: all. Synthetic data have as many as are
  /// asked for, 10,000 (test: 2,000) unless said.
  public var limit: Int?
  /// Side of the square image in pixels; nil: the source's own. Of `gaussian` the dimensions.
  public var size: Int?
  /// How an image of another size is brought to `size`.
  public var fit: Fit
  /// Mirror an image horizontally with probability ½ each time it is used.
  public var flip: Bool
  /// Move an image by up to so many pixels in each direction each time it is used.
  public var shift: Int
  /// Multiply an image's brightness by a factor in 1 ± this each time it is used; in [0, 1].
  public var brightness: Double
  /// Of arrays (`npy`, `npz`, `csv`).
  public var layout = Layout.auto
  /// The stored values that become −1 and 1; nil: bytes, or floats that have it already.
  public var range: ValueRange?
  /// Rows and columns exchanged, as EMNIST needs it.
  public var transpose = false
  /// How `resize` and `crop` make a pixel of others.
  public var filter = Filter.area
  /// Behind transparent parts and around padded images.
  public var background = Background.black
  /// Images for testing: a file or folder as the source's own is; nil: what the source has, or a part
  /// of its images.
  public var test: String?
  /// Of `test`, where the source has its labels in a file of their own.
  public var testLabels: String?
  /// Of an image, 1 or 3; nil: 3 if any image of the source is coloured.
  public var channels: Int?
  /// Shell patterns of the files and folders of a folder of images that are left out.
  public var ignore: [String]
  /// Whether images in deeper folders belong to the class above them.
  public var recursive: Bool
  /// Whether labels that skip numbers are numbered anew, from 0 in their order.
  public var relabel: Bool
  /// Names of the classes; empty: the source's own. No result depends on them.
  public var classNames: [String]
  /// Numbers that come with each point or image and are a condition, no part of it: columns of a file of points, or what
  /// ``Shapes`` are drawn by.
  public var conditions: [String]

  /// Settings whose defaults are those of an experiment file.
  public init(
    source: Source = .fashionMNIST, split: Split = .train, limit: Int? = nil, size: Int? = nil,
    fit: Fit = .pad, flip: Bool = false, test: String? = nil, testLabels: String? = nil,
    channels: Int? = nil, ignore: [String] = [], recursive: Bool = false, relabel: Bool = false,
    classNames: [String] = [], conditions: [String] = [], shift: Int = 0, brightness: Double = 0
  ) {
    self.shift = shift
    self.brightness = brightness
    self.source = source
    self.split = split
    self.limit = limit
    self.size = size
    self.fit = fit
    self.flip = flip
    self.test = test
    self.testLabels = testLabels
    self.channels = channels
    self.ignore = ignore
    self.recursive = recursive
    self.relabel = relabel
    self.classNames = classNames
    self.conditions = conditions
  }

  /// What is done to an image each time it is trained on.
  public var augmentation: Augmentation {
    Augmentation(flip: flip, shift: shift, brightness: brightness)
  }
}
