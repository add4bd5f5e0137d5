import ExperimentFiles
import Values

/// A run's label: what differs from the other runs, and nothing else.
///
/// `kind=cosine,precision=bf16`: the last part of each path, more of it where two paths end
/// alike, in the order of the sweep, seeds last. A run alone is labelled with the experiment's
/// name.
struct Labels {
  /// Paths that take more than one value, in order.
  private let paths: [String]
  /// Those that a run's label has only if the sweep sets them in this run.
  private let conditional: Set<String>
  private let names: [String: String]
  private let fallback: String

  init(runs: [ExpandedRun], sweep: Sweep?, experiment: String) {
    fallback = experiment
    let repeats = sweep?.repeats ?? []
    conditional = sweep?.conditionalPaths ?? []
    if let sweep, sweep.method.draws {
      // What may differ: other draws of the same sweep shall not change the label.
      paths =
        sweep.paths.filter(sweep.variesByDrawing(_:))
        + repeats.filter { $0.count > 1 }.map(\.path)
    } else {
      let swept = (sweep?.paths ?? []) + repeats.map(\.path)
      paths = swept.filter { path in
        Set(runs.map { $0.values[path] }).count > 1
      }
    }
    names = Self.shortest(paths)
  }

  /// Labels in the order of the runs, each different.
  func labels(_ runs: [ExpandedRun], without left: Set<String> = []) -> [String] {
    runs.map { label($0, without: left) }
  }

  private func label(_ run: ExpandedRun, without left: Set<String>) -> String {
    let parts = paths.filter { path in
      !left.contains(path)
        && (!conditional.contains(path) || run.overrides.contains { $0.path == path })
    }.compactMap { path in
      run.values[path].map { "\(names[path] ?? path)=\(Self.word($0, path: path))" }
    }
    return parts.isEmpty ? fallback : parts.joined(separator: ",")
  }

  /// The value in a form that survives a shell and a path: no blanks, commas or slashes.
  private static func word(_ value: ParameterValue, path: String) -> String {
    switch value {
    case .null: return KeyDefinitions.byPath[path]?.unsetWord ?? "none"
    case .list(let items): return items.map { word($0, path: path) }.joined(separator: "+")
    case .string(let text):
      var word = ""
      for scalar in text.unicodeScalars {
        let isPlain =
          scalar.isASCII
          && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || "._-+".unicodeScalars.contains(scalar))
        word.unicodeScalars.append(isPlain ? scalar : "_")
      }
      return word
    default: return value.text
    }
  }

  /// The shortest tail of each path that no other of them ends in.
  private static func shortest(_ paths: [String]) -> [String: String] {
    var names: [String: String] = [:]
    for path in paths {
      let parts = path.split(separator: ".")
      let tails = (1...max(1, parts.count)).map { parts.suffix($0).joined(separator: ".") }
      names[path] = tails.first { tail in
        !paths.contains { $0 != path && ($0 == tail || $0.hasSuffix("." + tail)) }
      }
    }
    return names
  }

  /// Labels that are alike for all their sanitising get their place in the order.
  static func unique(_ labels: [String]) -> [String] {
    var counts: [String: Int] = [:]
    for label in labels { counts[label, default: 0] += 1 }
    return labels.enumerated().map { (index, label) in
      counts[label, default: 1] > 1 ? "\(label),run=\(index)" : label
    }
  }
}
