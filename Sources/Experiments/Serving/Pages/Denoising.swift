import Analysis
import Foundation
import Reports
import Text
import Values

/// Images on their way from noise.
extension Pages {
  /// What moves them: one slider for all runs, by the share of their steps.
  static func denoisingSlider(_ title: String) -> Markup {
    """
    <p class="slider"><label for="way">\(title)</label> <input id="way" type="range" min="0" max="100" value="100"> \
    <output for="way">100 %</output> <button type="button" data-walk="way">Play</button></p>
    """
  }

  /// One image of a run: the page's script asks for its sheet and cuts it up.
  static func denoising(_ run: String, image: Int, classIndex: Int?, title: Markup) -> Markup {
    let sheet = Address.of(
      ["denoise", String(run.prefix(16))],
      [("image", String(image)), ("class", classIndex.map(String.init) ?? "")])
    let views = [
      ("x", "x_t, what the sampler holds"), ("x0", "x̂0, what the network takes it to be"),
      ("forward", "the forward process, from the finished image"),
    ].map { name, text -> Markup in
      """
      <span class="view"><canvas data-view="\(name)" width="1" height="1" role="img" aria-label="\(text)"></canvas><span class="caption">\(text)</span></span>
      """
    }
    return """
      <figure class="denoise" data-denoise="\(sheet)"><figcaption>\(title) <span class="muted" data-label></span></figcaption>\(views)</figure>
      """
  }

  /// The sheet of an image, with what its columns are.
  func denoise(_ reference: String, _ request: PageRequest) throws -> PageAnswer {
    let run = try store.resolve(reference)
    let image = min(max(request.value("image").flatMap { Int($0) } ?? 0, 0), 9999)
    let classIndex = request.value("class").flatMap { Int($0) }
    let sheet = try sheets.sheet("\(run) \(image) \(classIndex ?? -1)") {
      try DenoisingSheet(store: store, run: run, image: image, classIndex: classIndex)
    }
    return .json(
      JSONValue.object([
        "labels": .array(sheet.labels.map { .string($0) }), "width": .integer(sheet.width),
        "height": .integer(sheet.height),
        "png": .string(Data(sheet.png).base64EncodedString()),
      ]).canonical)
  }
}
