import ExperimentFiles
import Images

extension GridCell: RenderableCell {
  func render(_ context: CellContext) throws -> RenderedCell {
    var grid = SampleGrid(self, context)
    return try grid.render()
  }
}
