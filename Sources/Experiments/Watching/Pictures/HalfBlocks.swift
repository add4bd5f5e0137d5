package import Images

/// A picture of two pixels a place: the upper as ink, the lower as paper of ▀; shades where there are no colours.
package enum HalfBlocks {
  /// - Parameter image: as many pixels wide as there are columns, and twice as high as there are rows.
  package static func draw(
    _ image: Image, x: Int, y: Int, abilities: TerminalAbilities, on canvas: inout Canvas
  ) {
    for row in 0..<(image.height + 1) / 2 {
      for column in 0..<image.width {
        let upper = image.levels(column, 2 * row)
        let lower = image.levels(column, min(2 * row + 1, image.height - 1))
        canvas[x + column, y + row] =
          abilities.colors >= .palette && abilities.isUnicode
          ? Canvas.Cell(
            "▀",
            CellStyle(
              .levels(upper.0, upper.1, upper.2), paper: .levels(lower.0, lower.1, lower.2)))
          : Canvas.Cell(shade((luma(upper) + luma(lower)) / 2, abilities))
      }
    }
  }

  /// Rec. 709, 0 … 1.
  private static func luma(_ levels: (UInt8, UInt8, UInt8)) -> Double {
    (0.2126 * Double(levels.0) + 0.7152 * Double(levels.1) + 0.0722 * Double(levels.2)) / 255
  }

  private static func shade(_ light: Double, _ abilities: TerminalAbilities) -> String {
    let ramp = abilities.isUnicode ? [" ", "░", "▒", "▓", "█"] : " .:-=+*#%@".map(String.init)
    let amount = abilities.isDark ? light : 1 - light
    return ramp[min(ramp.count - 1, Int(amount * Double(ramp.count)))]
  }
}
