import Plots

/// Colours of lines, in the order of reports.
enum SeriesColor {
  static func levels(_ index: Int, isDark: Bool) -> (UInt8, UInt8, UInt8) {
    PlotTheme.seriesLevels(index, isDark: isDark)
  }

  static func color(_ color: PlotColor) -> CellStyle.Color {
    switch color {
    case .series(let index): .series(index)
    // Blue to yellow, as far as a few lines need it.
    case .scale(let place): .series(Int((place * 5).rounded()))
    case .none: .standard
    }
  }
}
