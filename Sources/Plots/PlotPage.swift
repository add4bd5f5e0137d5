/// How a plot sits on its page: its width, the size of its type, a title of its own.
///
/// Plots are laid out with type of `PlotTheme.fontSize`; another size scales all of the picture, so that lines keep their
/// proportion to letters, and leaves the layout more or less room across.
package struct PlotPage: Sendable, Hashable {
  /// Of the picture in px, 1/96 inch.
  package let width: Double
  /// In px.
  package let fontSize: Double
  /// Above the plot.
  package let title: String?

  package static let standardWidth = 760.0
  /// In units of `fontSize`: less has no room for axes.
  package static let leastWidth = 16.0

  package init(
    width: Double = standardWidth, fontSize: Double = PlotTheme.fontSize, title: String? = nil
  ) {
    (self.width, self.fontSize, self.title) = (width, fontSize, title)
  }

  var scale: Double { fontSize / PlotTheme.fontSize }

  /// The width that the layout has.
  var room: Double { width / scale }

  /// The title in lines that fit into a width of the layout.
  func titleLines(width: Double) -> [String] {
    var lines: [String] = []
    for word in (title ?? "").split(separator: " ") {
      // Bold letters are a tenth wider.
      if let last = lines.last, 1.1 * TextWidth.estimate(last + " " + word) <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
