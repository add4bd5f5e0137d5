/// What to train on: the `data` section of an experiment file.
public struct DataSettings: Sendable, Hashable, Codable {
  /// Where the images come from.
  public enum Source: Sendable, Hashable, Codable {
    case fashionMNIST
    /// An IDX pair, plain or gzip; `labels` may be absent.
    case idx(images: String, labels: String?)
    /// A folder of CIFAR-10's binary batches.
    case cifar10(path: String)
    /// A folder of PNGs, one sub-folder a class, or none and no classes.
    case images(path: String)
    /// A NumPy array: images (N,H,W) or (N,C,H,W) of floats in [−1, 1] or bytes; vectors (N,D).
    case npy(path: String)
    /// Coloured shapes drawn on the fly, the class being the shape: needs no files.
    case shapes
    /// N(mean, variance·I) in `size` dimensions (images of 1×1 with `size` channels).
    case gaussian(variance: Double, mean: Double)
    /// Eight Gaussians on a circle, in two dimensions; the class is the component.
    case mixture
  }

  /// A source without test files of its own holds out the last tenth, at most 10,000 images.
  public enum Split: String, Sendable, Hashable, Codable, CaseIterable {
    case train, test
  }

  /// How an image of another size is brought to `size`.
  public enum Fit: String, Sendable, Hashable, Codable, CaseIterable {
    /// Centred on the background, value −1.
    case pad
    /// Area average (smaller) or bilinear (larger).
    case resize
  }

  public var source: Source
  public var split: Split
  /// The first so many images of `split` in file order; nil: all. Made-up data have as many as are
  /// asked for, 10,000 (test: 2,000) unless said.
  public var limit: Int?
  /// Side of the square image in pixels; nil: the source's own. Of `gaussian` the dimensions.
  public var size: Int?
  public var fit: Fit
  /// Mirror an image horizontally with probability ½ each time it is used.
  public var flip: Bool

  public init(
    source: Source = .fashionMNIST, split: Split = .train, limit: Int? = nil, size: Int? = nil,
    fit: Fit = .pad, flip: Bool = false
  ) {
    self.source = source
    self.split = split
    self.limit = limit
    self.size = size
    self.fit = fit
    self.flip = flip
  }
}
