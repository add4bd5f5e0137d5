import Foundation
import TestSupport
import Testing

@testable import Workbench

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// From a file with pictures to a page, as a shell does it.
@Suite struct ReportPageVerbTests {
  private static let document = """
    ---
    name: page
    data: {source: shapes, size: 8, limit: 64}
    model: {levels: 2, base_channels: 8, time_embedding: {dim: 16}}
    diffusion: {steps: 100}
    training: {steps: 4, batch: 8, log_every: 1}
    sampling: {sampler: ddim, steps: 4, count: 4, every: 2}
    evaluation: {images: 8}
    sweep: {parameters: {training.optimizer.lr: [1.0e-3, 1.0e-2]}}
    ---

    # A page

    ```{plot}
    y: train/loss
    color: training.optimizer.lr
    caption: Two rates <script>alert(1)</script>.
    ```

    ```{grid}
    columns: step
    rows: training.optimizer.lr
    ```

    ```{timeline}
    over: sampling
    frames: 5
    ```

    """

  @Test func aPageWithPictures() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(Self.document.utf8), "page.md")
    func workbench(_ arguments: String...) throws -> WorkbenchProcess.Ending {
      try WorkbenchProcess(
        arguments + ["--store", folder.path + "/runs", "-o", folder.path + "/out"],
        folder: folder.path, environment: [:]
      ).wait()
    }
    #expect(try workbench("run", folder.path + "/page.md").code == 0)
    let ending = try workbench("report", "page", "--html")
    #expect(ending.code == 0)
    #expect(ending.output == "2 of 2 runs finished.\n\(folder.path)/out/page.html\n")

    let page = try String(contentsOfFile: folder.path + "/out/page.html", encoding: .utf8)
    let parser = XMLParser(data: Data(page.utf8))
    #expect(parser.parse())
    #expect(page.components(separatedBy: "src=\"data:image/svg+xml;base64,").count == 4)
    #expect(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"))
    #expect(page.contains("ddim, 4 steps."))
    // The same store, the same bytes.
    #expect(try workbench("report", "page", "--html", "--no-cache").code == 0)
    #expect(try String(contentsOfFile: folder.path + "/out/page.html", encoding: .utf8) == page)
  }
}
