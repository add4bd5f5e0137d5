import ExperimentFiles
import Text

extension MarkdownCell: RenderableCell {
  func render(_ context: CellContext) throws -> RenderedCell {
    RenderedCell(try text.markdown(RunsEvaluation(context)))
  }
}
