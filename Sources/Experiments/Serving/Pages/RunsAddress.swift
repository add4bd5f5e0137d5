import ExperimentFiles
import Text

/// What the address of the table of runs asks for.
struct RunsAddress {
  let experiment: String
  let condition: String
  let sort: String?
  let isDescending: Bool
  /// Which value of a run stands below its setting's: last, min, max.
  let choice: String
  /// Rows by their keys.
  let pinned: Set<String>
  let hidden: Set<String>
  let open: Set<String>
  /// Places in the palette, by rows' keys.
  let colors: [String: Int]
  /// How many rows are shown.
  let limit: Int
  private let query: [(key: String, value: String)]

  /// Rows at first; more when asked for.
  private static let rowsAtFirst = 30

  init(_ experiment: String, _ request: PageRequest) {
    self.experiment = experiment
    query = request.query.filter { !["have", "token"].contains($0.key) }
    condition = request.value("where") ?? ""
    sort = request.value("sort")
    isDescending = request.value("order") == "down"
    choice = request.value("summary") ?? "last"
    func all(_ key: String) -> Set<String> {
      Set(request.query.filter { $0.key == key }.map(\.value))
    }
    (pinned, hidden, open) = (all("pin"), all("hide"), all("open"))
    colors = Dictionary(
      request.query.filter { $0.key == "paint" }.compactMap { pair -> (String, Int)? in
        let parts = pair.value.split(separator: ".")
        guard parts.count == 2,
          let place = SeriesPalette.names.firstIndex(of: String(parts[1]))
        else { return nil }
        return (String(parts[0]), place)
      }
    ) { $1 }
    limit = request.count("limit", atFirst: Self.rowsAtFirst)
  }

  /// This view, some keys changed; nil takes one away.
  func address(_ changes: [String: String?]) -> String {
    var pairs = query.filter { changes[$0.key] == nil }
    for (key, value) in changes.sorted(by: { $0.key < $1.key }) {
      if let value { pairs.append((key, value)) }
    }
    return Address.of(["e", experiment, "runs"], pairs)
  }

  /// This view with a value of a key that may stand several times, or without it.
  func toggled(_ key: String, _ value: String, on: Bool) -> String {
    var pairs = query.filter { !($0.key == key && $0.value == value) }
    if on { pairs.append((key, value)) }
    return Address.of(["e", experiment, "runs"], pairs)
  }

  /// This view with the row's next colour; after the last it has none.
  func painted(_ row: String) -> String {
    var pairs = query.filter { !($0.key == "paint" && $0.value.hasPrefix("\(row).")) }
    if let next = nextColor(row) { pairs.append(("paint", "\(row).\(next)")) }
    return Address.of(["e", experiment, "runs"], pairs)
  }

  func nextColor(_ row: String) -> String? {
    let place = colors[row].map { $0 + 1 } ?? 0
    return place < SeriesPalette.names.count ? SeriesPalette.names[place] : nil
  }

  /// The controls above the table.
  var form: Markup {
    let kept = query.filter { !["where", "summary"].contains($0.key) }.map { pair -> Markup in
      "<input type=\"hidden\" name=\"\(pair.key)\" value=\"\(pair.value)\">"
    }
    let choices = ["last", "min", "max"].map { word -> Markup in
      "<option\(word == choice ? " selected" : "")>\(word)</option>"
    }
    return """
      <form method="get" action="\(Address.experiment(experiment, "runs"))" class="controls" data-soft>\(kept)
      <label>Where <input name="where" value="\(condition)" size="40" spellcheck="false" \
      placeholder="training.optimizer.lr &lt; 0.01 and state == 'finished'"></label>
      <label>Values of runs <select name="summary">\(choices)</select></label>
      <button>Show</button></form>
      """
  }
}
