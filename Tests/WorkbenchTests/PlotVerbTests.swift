import Foundation
import TestSupport
import Testing

@testable import Workbench

/// A figure by one command.
@Suite struct PlotVerbTests {
  private let place: Workplace

  init() throws {
    place = try Workplace(
      """
      training: {steps: 4, batch: 8, log_every: 1}
      sweep: {parameters: {training.optimizer.lr: [1.0e-3, 1.0e-2]}}
      report:
        - name: losses
          plot: {y: train/loss, color: training.optimizer.lr, caption: Two rates.}
        - name: samples
          grid: {rows: class}

      """)
    #expect(try place.startRun().wait().code == 0)
  }

  private func plot(_ arguments: String..., path: String? = nil) throws -> WorkbenchProcess.Ending {
    try place.start(
      ["plot", "tiny"] + arguments, environment: path.map { ["PATH": $0] } ?? [:]
    ).wait()
  }

  @Test func aFigureOfOnesOwnAndOneOfTheReport() throws {
    let figure = place.path + "/fig.svg"
    var ending = try plot(
      "y=eval/loss", "x=training.optimizer.lr", "log=x", "xlabel=learning rate", "width=84mm",
      "font_size=8pt", "-o", figure)
    #expect(ending.code == 0 && ending.output == figure + "\n", "\(ending)")
    var svg = try String(contentsOfFile: figure, encoding: .utf8)
    #expect(svg.contains("width=\"317.5\"") && svg.contains(">learning rate</text>"))

    ending = try plot("losses", "title=Both rates", "names={0.01: large}", "-o", figure)
    #expect(ending.code == 0, "\(ending)")
    svg = try String(contentsOfFile: figure, encoding: .utf8)
    #expect(svg.contains(">Both rates</text>") && svg.contains(">large</text>"))
    // A colour that is chosen; the other line has the first of the rest.
    ending = try plot("losses", "colors={0.01: orange}", "-o", figure)
    #expect(ending.code == 0, "\(ending)")
    svg = try String(contentsOfFile: figure, encoding: .utf8)
    #expect(svg.contains("class=\"s5") && svg.contains("class=\"s0"))
    ending = try plot("losses", "colors={0.01: orang}", "-o", figure)
    #expect(ending.code != 0 && ending.errors.contains("did you mean 'orange'?"), "\(ending)")
    // The same by the experiment's file, and the grid of samples as wide as it shall be.
    #expect(try place.start(["plot", place.file, "losses", "-o", figure]).wait().code == 0)
    let sheet = place.path + "/grid.svg"
    #expect(try plot("samples", "width=84mm", "title=All of them", "-o", sheet).code == 0)
    svg = try String(contentsOfFile: sheet, encoding: .utf8)
    #expect(svg.contains("width=\"317.5\"") && svg.contains(">All of them</text>"))
    #expect(svg.contains("<image ") && svg.contains("href=\"data:image/png;base64,iVBORw0KGgo"))
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/rsvg-convert")))
  func otherFormats() throws {
    let (pdf, png) = (place.path + "/fig.pdf", place.path + "/fig.png")
    #expect(try plot("losses", "width=84mm", "-o", pdf).code == 0)
    let bytes = try Data(contentsOf: URL(filePath: pdf))
    #expect(bytes.starts(with: Array("%PDF".utf8)))
    // 84 mm at 300 dots per inch are 992.1 pixels: bytes 16 to 19 of a PNG.
    #expect(try plot("losses", "width=84mm", "-o", png).code == 0)
    let header = try [UInt8](Data(contentsOf: URL(filePath: png)))
    #expect((992...993).contains(header[16..<20].reduce(0) { $0 << 8 | Int($1) }))
  }

  @Test func refusals() throws {
    let figure = place.path + "/no.svg"
    for (arguments, code, message) in [
      (["y=eval/los", "-o", figure], 65, "did you mean 'eval/loss'?"),
      (["loses", "-o", figure], 65, "did you mean 'losses'?"),
      (["y=eval/loss", "losses", "-o", figure], 65, "'losses' is not key=value"),
      (["losses", "-o", place.path + "/no.gif"], 64, "ends in .svg, .pdf or .png"),
      (["y=eval/sample_mean", "x=seed", "-o", figure], 65, "Nothing to draw"),
    ] as [([String], Int32, String)] {
      let ending = try place.start(["plot", "tiny"] + arguments).wait()
      #expect(ending.code == code && ending.errors.contains(message), "\(arguments): \(ending)")
    }
    #expect(!FileManager.default.fileExists(atPath: figure))
    // Where the converter is not there, the figure can be had as SVG.
    let ending = try plot("losses", "-o", place.path + "/no.pdf", path: "/nowhere")
    #expect(ending.code == 66 && ending.errors.contains("librsvg2-bin"), "\(ending)")
  }
}
