import Analysis
import Diffusion
import ExperimentFiles
import Foundation
import Plots
import Store
import Text
import Values

extension FieldCell: RenderableCell {
  private static let mostRows = 6
  private static let mostData = 2000

  func render(_ context: CellContext) throws -> RenderedCell {
    if let nothing = context.nothingSelected { return nothing }
    let (rows, found) = try RunPoints.ofSettings(context, most: Self.mostRows)
    var notes = found
    var drawn: [(name: String, field: VectorField, data: [Plots.Point])] = []
    defer { for row in drawn { row.field.denoiser.end() } }
    for row in rows {
      guard let field = try row.points.denoiser().map(VectorField.init) else {
        notes.append("\(row.points.run.title) has no trained network to ask.")
        continue
      }
      drawn.append((row.name, field, []))
      guard field.denoiser.elements == 2 else {
        throw CellError(
          "the network's points have \(field.denoiser.elements) dimensions, and a field is drawn of two"
        )
      }
      if let classIndex, !(0..<field.denoiser.classes).contains(classIndex) {
        throw CellError(
          field.denoiser.classes == 0
            ? "the network knows no classes"
            : "the network's classes are 0 to \(field.denoiser.classes - 1)")
      }
      guard drawsDensity else { continue }
      do {
        drawn[drawn.count - 1].data = try row.points.data(Self.mostData).table.points
      } catch let error as DiffusionError {
        notes.append("The data cannot be drawn: \(error.description)")
      }
    }
    guard !drawn.isEmpty else {
      throw CellError(
        "no run here has a trained network to ask",
        hint: "a run has one when it has finished")
    }
    let window = window(drawn.map { ($0.field, $0.data) })
    var panels: [PlanePlot.Panel?] = []
    for row in drawn { panels += try levels.map { try panel($0, row.field, row.data, window) } }
    let quantity = isVelocity ? "velocity" : "score"
    let plot = PlanePlot(
      title: "The \(quantity) over the plane", columns: levels.count, rows: drawn.map(\.name),
      panels: panels, window: window,
      densityLabel: drawn.contains { !$0.data.isEmpty } ? "density of the noisy data" : nil,
      arrowLabel: quantity)
    notes.append(
      "Arrows are as long as the square root of what they stand for; the longest tenth of a panel is drawn alike."
    )
    var rendered = RenderedCell()
    rendered.markdown =
      context.picture(
        svg: plot.svg(page.plotPage),
        alternative: "The \(quantity) at \(levels.count) noise levels",
        in: &rendered)
      + "\n\n*\(notes.map(MarkdownText.escaped).joined(separator: " "))*"
    rendered.data = .array(
      drawn.flatMap { row in
        levels.map { u in
          let level = row.field.level(u)
          return .object([
            "setting": .string(row.name), "level": .number(u), "alpha": .number(level.signal),
            "sigma": .number(level.sigma),
          ])
        }
      })
    return rendered
  }

  /// Room for most of the noisy data at each level: 0 is in the middle.
  private func window(
    _ rows: [(field: VectorField, data: [Plots.Point])]
  ) -> ClosedRange<Double> {
    var reach = 0.0
    for row in rows {
      let extent = row.data.isEmpty ? 1 : PlaneWindow.extent(row.data)
      for u in levels {
        let level = row.field.level(u)
        reach = max(reach, level.signal * extent + 0.8 * level.sigma)
      }
    }
    let half = (reach * 10).rounded(.up) / 10
    return -half...half
  }

  private func panel(
    _ u: Double, _ field: VectorField, _ data: [Plots.Point], _ window: ClosedRange<Double>
  ) throws -> PlanePlot.Panel {
    let level = field.level(u)
    let spacing = (window.upperBound - window.lowerBound) / Double(arrows)
    let places = (0..<arrows * arrows).map { i in
      Plots.Point(
        window.lowerBound + (Double(i % arrows) + 0.5) * spacing,
        window.lowerBound + (Double(i / arrows) + 0.5) * spacing)
    }
    let values = try field(
      isVelocity ? .velocity : .score, at: places.flatMap { [Float($0.x), Float($0.y)] }, u,
      classIndex: classIndex)
    let vectors = places.indices.map { (x: values[2 * $0], y: values[2 * $0 + 1]) }
    let lengths = vectors.map { hypot($0.x, $0.y) }
    let usual = lengths.filter(\.isFinite).sorted()
    let unit = usual.isEmpty ? 1 : max(usual[usual.count * 9 / 10], 1e-300)
    let steps = zip(places, zip(vectors, lengths)).compactMap {
      place, vector -> PlanePlot.Arrow? in
      let (step, length) = vector
      guard length.isFinite, length > 0 else { return nil }
      let scale = 0.95 * spacing * min(1, length / unit).squareRoot() / length
      let (dx, dy) = (step.x * scale, step.y * scale)
      // Centred on its place, so that the arrows lie on a grid.
      return .init(start: .init(place.x - dx / 2, place.y - dy / 2), step: .init(dx, dy))
    }
    let sigma = DecimalText.significant(level.sigma, digits: 2)
    let least = 0.012 * (window.upperBound - window.lowerBound)
    return PlanePlot.Panel(
      title: field.denoiser.process.table == nil
        ? "σ=\(sigma)" : "\(field.denoiser.process.name(level)), σ=\(sigma)",
      density: data.isEmpty
        ? nil
        : PlaneDensity(
          of: data.map { Plots.Point(level.signal * $0.x, level.signal * $0.y) },
          deviation: max(level.sigma, least), window: window, side: 96),
      arrows: steps)
  }
}
