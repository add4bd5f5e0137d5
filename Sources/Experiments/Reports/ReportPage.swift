import Store
import Text

/// What all sections of a report share.
struct ReportPage {
  let input: ReportInput
  let settings: Settings
  let yardstick: Yardstick
  let verdict: Verdict
  /// The report's own name: safe as a file's.
  let name: String
  /// Pictures, in the order in which they appear.
  private(set) var files: [ReportFile] = []

  /// With more settings than this, plots and pictures show the best only; tables show all.
  static let mostBars = 24
  static let mostLines = 10

  init(_ input: ReportInput) {
    self.input = input
    settings = Settings(input)
    yardstick = Yardstick(input)
    verdict = Verdict(input, settings, yardstick)
    let plain = input.name.unicodeScalars.allSatisfy {
      switch $0 {
      case "A"..."Z", "a"..."z", "0"..."9", ".", "_", "-": true
      default: false
      }
    }
    name =
      plain && !input.name.isEmpty && !input.name.hasPrefix(".") && input.name.count <= 64
      ? input.name : SafeText.fileName(input.name)
  }

  /// Takes a picture in and gives the Markdown that shows it.
  mutating func picture(_ file: String, svg: String, alternative: String) -> String {
    picture(file, mediaType: "image/svg+xml", bytes: Array(svg.utf8), alternative: alternative)
  }

  mutating func picture(
    _ file: String, mediaType: String, bytes: [UInt8], alternative: String
  ) -> String {
    files.append(ReportFile(name: "\(name)/\(file)", mediaType: mediaType, bytes: bytes))
    return "![\(MarkdownText.escaped(alternative))](\(name)/\(file))"
  }

  /// All settings, or the best of them in the plan's order, with a note saying so.
  func shown(_ most: Int) -> (settings: [Setting], note: String) {
    guard settings.all.count > most else { return (settings.all, "") }
    let ranked = yardstick.ranked(settings.all)
    let isRanked =
      ranked.count >= most && yardstick.incomparability(ranked, settings) == nil
      && yardstick.leaders(ranked).count < ranked.count
    var chosen = Set(isRanked ? ranked.prefix(most).map(\.index) : [])
    for setting in settings.all where chosen.count < most { chosen.insert(setting.index) }
    return (
      settings.all.filter { chosen.contains($0.index) },
      " The \(isRanked ? "best" : "first") \(most) of \(settings.all.count) settings."
    )
  }
}
