/// What made-up points in two dimensions lie on, within about [−1, 1].
public enum PointShape: String, Sendable, Hashable, Codable, CaseIterable {
  /// Two half circles that reach into each other; the class is the moon.
  case moons
  /// A spiral of one and a half turns and more.
  case swissRoll = "swiss-roll"
  /// The eight dark squares of four by four, evenly filled.
  case checkerboard
  /// Three circles about one centre; the class is the circle.
  case rings
  /// Five arms, bent; the class is the arm.
  case pinwheel
  /// Eight Gaussians on a circle, their deviation a tenth of its radius; the class is the Gaussian.
  case eightGaussians = "eight-gaussians"
  /// A cat in outline, every piece of the line as likely as it is long.
  case lineDrawing = "line-drawing"

  /// How many classes there are, point i being of class i mod that; 0: the shape has no parts.
  public var classes: Int {
    switch self {
    case .moons: 2
    case .rings: Points.radii.count
    case .pinwheel: Points.arms
    case .eightGaussians: Points.eightGaussians.means.count
    case .swissRoll, .checkerboard, .lineDrawing: 0
    }
  }

  var classNames: [String] {
    switch self {
    case .moons: ["upper", "lower"]
    case .rings: ["inner", "middle", "outer"]
    case .pinwheel: (0..<classes).map { "arm \($0)" }
    case .eightGaussians: Points.eightGaussians.classNames
    case .swissRoll, .checkerboard, .lineDrawing: []
    }
  }
}
