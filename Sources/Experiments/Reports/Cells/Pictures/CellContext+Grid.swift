import ExperimentFiles
import Images
import Plots

extension CellContext {
  /// Takes a grid of pictures in, with the names of its rows and columns beside them.
  /// - Parameters:
  ///   - images: row by row; small ones are enlarged by whole pixels.
  ///   - title: what it shows, for those who do not see it.
  /// - Returns: the Markdown that shows it.
  /// - Throws: `ImageError` if there is too much of it.
  func picture(
    _ images: [Image], rows: [String], columns: [String], title: String, page: CellPage,
    in rendered: inout RenderedCell
  ) throws -> String {
    let sheet = Image.sheet(images, columns: columns.count, gap: PictureGrid.gap)
    let grid = PictureGrid(
      title: page.title ?? title, png: try sheet.image.png(isQuick: true), cell: sheet.cell,
      rows: rows,
      columns: columns)
    let names = [("rows", rows), ("columns", columns)].filter { $0.1 != [""] }.map { name, labels in
      "\(name): \(labels.joined(separator: ", "))"
    }
    return picture(
      svg: grid.svg(page.plotPage, fills: page.width != nil),
      alternative: names.isEmpty ? title : "\(title), \(names.joined(separator: "; "))",
      in: &rendered)
  }
}
