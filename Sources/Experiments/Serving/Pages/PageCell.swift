import ExperimentFiles

/// A cell of a notebook that a page shows as a picture, under an address of its own.
struct PageCell {
  var experiment: String
  var kind = PlotCell.kind
  /// As the cell has them; empty values are left out.
  var keys: [(key: String, value: String)]
  /// How the page draws it, beside what the cell says: its size.
  var looks: [(key: String, value: String)] = []
  /// Another where its runs have gone on; nil: it is drawn as it is now.
  var mark: String?

  /// Those that can be drawn.
  private static let drawn: Set = [
    PlotCell.kind, ScatterCell.kind, SQLCell.kind, ImportanceCell.kind,
  ]
  /// Keys of addresses that are none of a cell's.
  private static let besides: Set = ["cell", "have", "since", "token", "v"]

  init(
    _ kind: String = PlotCell.kind, of experiment: String, _ keys: [(key: String, value: String)],
    looks: [(key: String, value: String)] = [], mark: String?
  ) {
    self.experiment = experiment
    self.kind = kind
    self.keys = keys.filter { !$0.value.isEmpty }
    self.looks = looks
    self.mark = mark
  }

  /// What the address of a picture asks for; nil for what no page draws.
  init?(_ experiment: String, _ request: PageRequest) {
    let kind = request.value("cell") ?? PlotCell.kind
    guard Self.drawn.contains(kind) else { return nil }
    self.init(
      kind, of: experiment, request.query.filter { !Self.besides.contains($0.key) },
      mark: request.value("v"))
  }

  private var query: [(key: String, value: String)] {
    [("cell", kind == PlotCell.kind ? "" : kind)] + keys + looks + [("v", mark ?? "")]
  }

  /// Where its picture is.
  var picture: String { Address.of(["e", experiment, "plot.svg"], query) }
  /// Where the numbers in it are.
  var numbers: String { Address.of(["e", experiment, "plot.json"], query) }
  /// As arguments of a cell: values as YAML has them, but for prose, which is taken as it stands.
  var arguments: [String] {
    (keys + looks).map { key, value in
      let isProse = CellArguments.prose.contains(key)
      return "\(key)=\(isProse ? value : CellText.text(of: value, for: key))"
    }
  }
  /// What it is remembered by.
  var name: String {
    ([experiment, kind] + arguments + [mark ?? ""]).joined(separator: "\u{1F}")
  }
  /// To copy.
  var yaml: Markup { CellText.button(kind, keys) }

  /// The picture as a page shows it.
  /// - Parameter isRead: whether it answers to the pointer.
  func figure(_ text: String, class name: String = "plot", isRead: Bool = true) -> Markup {
    """
    <figure class="\(name)"\(isRead ? " tabindex=\"0\" data-plot=\"\(numbers)\"" : "")><img src="\(picture)" alt="\(text)"></figure>
    """
  }
}
