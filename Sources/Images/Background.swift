/// What lies behind a picture's transparent parts, and around a picture that is padded.
public enum Background: Sendable, Hashable, Codable {
  /// One colour, 0 … 255 a channel.
  case colour(red: UInt8, green: UInt8, blue: UInt8)
  /// Nothing: transparency is passed over, and the colours below it come out, as Pillow's
  /// `convert("RGB")` and so torchvision's `ImageFolder` have it.
  case ignored

  /// All channels 0.
  public static let black = Background.grey(0)

  /// - Parameter level: 0 … 255.
  public static func grey(_ level: UInt8) -> Background {
    .colour(red: level, green: level, blue: level)
  }

  /// `black`, `white`, `ignored`, or `#rrggbb`; nil: something else.
  public init?(_ text: String) {
    switch text {
    case "black": self = .black
    case "white": self = .grey(255)
    case "ignored": self = .ignored
    default:
      guard text.count == 7, text.first == "#",
        text.dropFirst().allSatisfy({ $0.isASCII && $0.isHexDigit }),
        let number = UInt32(text.dropFirst(), radix: 16)
      else { return nil }
      self = .colour(
        red: UInt8(number >> 16), green: UInt8(number >> 8 & 255), blue: UInt8(number & 255))
    }
  }

  /// As ``init(_:)`` takes it.
  public var text: String {
    switch self {
    case .ignored: "ignored"
    case .black: "black"
    case .grey(255): "white"
    case .colour(let red, let green, let blue):
      "#"
        + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }

  /// Whether it turns a grey picture into a coloured one.
  public var isColoured: Bool {
    if case .colour(let red, let green, let blue) = self {
      red != green || green != blue
    } else {
      false
    }
  }

  /// Red, green, blue; black where it is ``ignored``.
  public var levels: [UInt8] {
    switch self {
    case .colour(let red, let green, let blue): [red, green, blue]
    case .ignored: [0, 0, 0]
    }
  }
}
