/// Colours and type of all plots, on light and dark pages.
///
/// Series take the colours of Okabe & Ito (2008), which people with any common colour blindness
/// tell apart, without the yellow and the black, which vanish on one of the two backgrounds. On
/// dark pages each is lightened to keep a contrast of 4.5 or more. Beyond the palette colours
/// repeat with another dash pattern.
enum PlotTheme {
  static let fontSize = 12.5

  private struct Colors {
    var surface: String
    var ink: String
    var muted: String
    var grid: String
    var axis: String
    var series: [String]
  }

  private static let light = Colors(
    surface: "#ffffff", ink: "#1f2328", muted: "#59636e", grid: "#e3e8ed", axis: "#9aa4ae",
    series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"])
  private static let dark = Colors(
    surface: "#0d1117", ink: "#e6edf3", muted: "#9aa4af", grid: "#262d36", axis: "#59636e",
    series: ["#3fa0de", "#f0803c", "#2fc39a", "#e39cc4", "#8fd0f5", "#f2b83b"])
  private static let dashes = ["", "6 3", "2 3", "8 3 2 3"]

  static var seriesCount: Int { light.series.count }

  /// The class of a line or mark of series `index`.
  static func stroke(_ index: Int) -> String { "s\(index % seriesCount)" }
  static func fill(_ index: Int) -> String { "f\(index % seriesCount)" }

  /// An attribute with a leading blank, empty for the palette's first round.
  static func dash(_ index: Int) -> String {
    let dash = dashes[index / seriesCount % dashes.count]
    return dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
  }

  /// Light unless the page's reader prefers dark. Plain classes: not every renderer knows
  /// variables.
  static var styleSheet: String {
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
    \(rules(light))
    @media (prefers-color-scheme:dark){
    \(rules(dark))
    }
    """
  }

  private static func rules(_ colors: Colors) -> String {
    var rules = """
      .surface{fill:\(colors.surface)}.ink{fill:\(colors.ink)}.muted{fill:\(colors.muted)}
      .grid{stroke:\(colors.grid)}.axis{stroke:\(colors.axis)}.halo{stroke:\(colors.surface)}
      .whisker{stroke:\(colors.ink)}.reference{stroke:\(colors.muted)}
      """
    for (index, color) in colors.series.enumerated() {
      rules += "\n.s\(index){stroke:\(color)}.f\(index){fill:\(color)}"
    }
    return rules
  }
}
