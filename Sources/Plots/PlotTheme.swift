import Text

/// Colours and type of all plots, on light and dark pages.
///
/// Amounts take viridis (Smith & van der Walt 2015), whose lightness rises all along, so that it
/// survives any colour blindness and a grey printer: ten samples of it, interpolated in OKLab. Lines
/// and points use the part of it that stands out against the page, cells all of it.
///
/// Series take the colours of Okabe & Ito (2008), which people with any common colour blindness
/// tell apart, without the yellow and the black, which vanish on one of the two backgrounds. On
/// dark pages each is lightened to keep a contrast of 4.5 or more. Beyond the palette colours
/// repeat with another dash pattern.
package enum PlotTheme {
  package static let fontSize = 12.5

  private struct Colors {
    var surface: String
    var ink: String
    var muted: String
    var grid: String
    var axis: String
    var series: [String]
    /// Of lines and points by an amount, low to high.
    var ramp: [String]
  }

  private static let light = Colors(
    surface: "#ffffff", ink: "#1f2328", muted: "#59636e", grid: "#e3e8ed", axis: "#9aa4ae",
    series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"],
    ramp: [
      "#440154", "#461261", "#48206f", "#472c7a", "#453980", "#404687", "#3c518a", "#385c8c",
      "#31678e", "#2e718e", "#2a7b8e", "#25858e", "#238f8c", "#20998a", "#24a386", "#2cad80",
    ])
  private static let dark = Colors(
    surface: "#0d1117", ink: "#e6edf3", muted: "#9aa4af", grid: "#262d36", axis: "#59636e",
    series: ["#3fa0de", "#f0803c", "#2fc39a", "#e39cc4", "#8fd0f5", "#f2b83b"],
    ramp: [
      "#395a8c", "#32678e", "#2e728e", "#297d8e", "#25898d", "#22958b", "#22a187", "#2bac81",
      "#34b679", "#4fc06e", "#65ca5f", "#82d250", "#a1d93f", "#bfdf2b", "#dfe329", "#fde725",
    ])
  /// Of cells by an amount, on either page. Text in the first seven is white, in the others black:
  /// a contrast of 5 or more.
  private static let cells = [
    "#440154", "#471b69", "#472f7b", "#414486", "#3a568b", "#31688e", "#2b788e", "#25888d",
    "#21988a", "#28a883", "#35b779", "#59c468", "#7dd153", "#a7db39", "#d2e22a", "#fde725",
  ]
  private static let darkCells = 7
  private static let dashes = ["", "6 3", "2 3", "8 3 2 3"]

  package static var seriesCount: Int { light.series.count }

  /// Red, green and blue of series `index`, on a dark or a light page.
  package static func seriesLevels(
    _ index: Int, isDark: Bool
  ) -> (red: UInt8, green: UInt8, blue: UInt8) {
    let colors = (isDark ? dark : light).series
    let code = Int(colors[index % colors.count].dropFirst(), radix: 16) ?? 0
    return (UInt8(code >> 16 & 0xFF), UInt8(code >> 8 & 0xFF), UInt8(code & 0xFF))
  }

  package static var rampCount: Int { light.ramp.count }

  /// The class of a cell at a place of the colour scale, and that of the text in it.
  package static func cell(_ place: Double) -> (fill: String, text: String) {
    let step = PlotColor.step(place)
    return ("h\(step)", step < darkCells ? "on-dark" : "on-light")
  }

  /// The class of a line or mark of series `index`.
  package static func stroke(_ index: Int) -> String { "s\(index % seriesCount)" }
  package static func fill(_ index: Int) -> String { "f\(index % seriesCount)" }

  /// An attribute with a leading blank, empty for the palette's first round.
  package static func dash(_ index: Int) -> String {
    let dash = dashes[index / seriesCount % dashes.count]
    return dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
  }

  /// Light unless the page's reader prefers dark. Plain classes: not every renderer knows
  /// variables.
  ///
  /// - Parameters:
  ///   - amounts: with the colours of amounts.
  ///   - planes: with the looks of clouds of points and of densities.
  package static func styleSheet(amounts: Bool, planes: Bool = false) -> String {
    """
    text{font-family:-apple-system,BlinkMacSystemFont,"Segoe UI","Noto Sans",Helvetica,Arial,\
    sans-serif;font-size:\(DecimalText.fixed(fontSize, decimals: 1))px;\
    font-variant-numeric:tabular-nums}
    .small{font-size:11px}.strong{font-weight:600}
    .band{fill-opacity:.16}.line{fill:none;stroke-width:2;stroke-linejoin:round;\
    stroke-linecap:round}.raw{fill:none;stroke-width:1;stroke-opacity:.28;stroke-linejoin:round}
    .leader{fill:none;stroke-width:1.25}.grid{stroke-width:1}.axis{stroke-width:1}
    .whisker{stroke-width:1.5;fill:none}.reference{stroke-width:1.25;stroke-dasharray:4 3}
    .halo{stroke-width:3;paint-order:stroke;stroke-linejoin:round}
    .thin{fill:none;stroke-width:1;stroke-linejoin:round;stroke-linecap:round;\
    vector-effect:non-scaling-stroke}
    .wide{stroke-width:5}
    .frame{fill:none;stroke-width:2.5}.best{fill:none;stroke-width:2.75;stroke-linejoin:round}
    .dots{fill:none;stroke-width:6;stroke-linecap:round}.soft{opacity:.7}.faint{opacity:.35}
    \(rules(light, amounts: amounts))
    \(amounts ? cellRules : "")\(planes ? planeRules : "")
    @media (prefers-color-scheme:dark){
    \(rules(dark, amounts: amounts))
    }
    """
  }

  private static let planeRules = """
    .speck{fill:none;stroke-width:2.6;stroke-linecap:round;stroke-opacity:.75}
    .mist{fill:none;stroke-width:2.1;stroke-opacity:.13}.shade{fill-opacity:.4}
    """

  private static var cellRules: String {
    cells.enumerated().map { ".h\($0){fill:\($1)}" }.joined()
      + "\n.on-dark{fill:#fff}.on-light{fill:#000}"
  }

  private static func rules(_ colors: Colors, amounts: Bool) -> String {
    var rules = """
      .surface{fill:\(colors.surface)}.ink{fill:\(colors.ink)}.muted{fill:\(colors.muted)}
      .grid{stroke:\(colors.grid)}.axis{stroke:\(colors.axis)}.halo{stroke:\(colors.surface)}
      .whisker{stroke:\(colors.ink)}.reference{stroke:\(colors.muted)}
      """
    for (index, color) in colors.series.enumerated() {
      rules += "\n.s\(index){stroke:\(color)}.f\(index){fill:\(color)}"
    }
    rules += "\n.r-none{stroke:\(colors.axis)}.q-none{fill:\(colors.axis)}"
    guard amounts else { return rules }
    for (index, color) in colors.ramp.enumerated() {
      rules += "\n.r\(index){stroke:\(color)}.q\(index){fill:\(color)}"
    }
    rules += "\n.frame,.best{stroke:\(colors.ink)}.none{fill:\(colors.grid)}"
    return rules
  }
}
