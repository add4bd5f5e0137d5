internal import Foundation
import Text

/// Reads a file and what it extends, the bottom layer first.
struct LayerLoader {
  static let maximumFiles = 64

  private let open: (String) throws -> String
  private(set) var layers: [Layer] = []
  /// The first file read comes first.
  private(set) var sources: [SourceText] = []
  private(set) var sweep: SourceNode?
  /// The cells of the report: those of the file itself, or else of what it extends.
  private(set) var report: SourceNode?
  /// Files under way, outermost first: one of them again is a cycle.
  private var chain: [String] = []
  private var count = 0

  init(open: @escaping (String) throws -> String) {
    self.open = open
  }

  /// Returns the file's own layer.
  ///
  /// - Throws: `ExperimentFileError` if this file, not one it extends, cannot be read.
  mutating func load(_ path: String, into diagnostics: inout Diagnostics) throws -> Layer {
    let text = try open(path)
    count += 1
    chain.append(Self.normalised(path))
    defer { chain.removeLast() }
    let source = SourceText(name: path, text: text)
    sources.append(source)

    let root: SourceNode?
    do {
      root =
        MarkdownDocument.isNamed(path)
        ? try MarkdownDocument.read(source) : try YAMLReader.read(source)
    } catch let error as ExperimentFileError {
      for diagnostic in error.diagnostics { diagnostics.add(diagnostic) }
      // Not YAML: nothing else can be said of this experiment.
      throw ExperimentFileError(diagnostics.list)
    }
    let layer = Layer(root, source: source, into: &diagnostics)
    for base in layer.extends {
      try extend(base.path, of: path, at: base.place, into: &diagnostics)
    }
    layers.append(layer)
    sweep = Self.merge(sweep, under: layer.sweep)
    report = layer.report ?? report
    return layer
  }

  private mutating func extend(
    _ base: String, of path: String, at place: Place, into diagnostics: inout Diagnostics
  ) throws {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let full =
      base.hasPrefix("/") || folder.isEmpty ? base : folder.joined(separator: "/") + "/" + base
    if chain.contains(Self.normalised(full)) {
      diagnostics.error(
        "'extends' is circular: \(quoted(base)) extends this file", at: place)
      throw ExperimentFileError(diagnostics.list)
    }
    guard count < Self.maximumFiles else {
      diagnostics.error("more than \(Self.maximumFiles) files are included by 'extends'", at: place)
      throw ExperimentFileError(diagnostics.list)
    }
    do {
      _ = try load(full, into: &diagnostics)
    } catch let error as ExperimentFileError where error.diagnostics.isEmpty {
      diagnostics.error(
        error.text, at: place, hint: "'extends' is relative to the file it stands in")
      throw ExperimentFileError(diagnostics.list)
    }
  }

  /// Sweeps merge like the rest; another method drops the keys that only the old one has, and
  /// `sweep: none` takes the sweep out.
  static func merge(_ below: SourceNode?, under above: SourceNode?) -> SourceNode? {
    guard let above else { return below }
    if let scalar = above.scalar, scalar.isNull || scalar.text == "none" { return nil }
    guard var below else { return above }
    if let method = above.entry("method")?.value.scalar?.text, let entries = below.entries,
      method != below.entry("method")?.value.scalar?.text ?? "grid"
    {
      let shared = ["where", "repeat", "max_runs", "max_seconds", "prune"]
      below.content = .mapping(entries.filter { shared.contains($0.key) })
    }
    below = below.forgetting(whatChangesKindIn: above)
    return below.merged(under: above)
  }

  /// Without `.` and `..`, so that one file has one name.
  static func normalised(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}

extension SourceNode {
  /// A sweep without what the one above it replaces whole: a distribution is not mixed with another,
  /// and pruning of another kind keeps only what both kinds have.
  fileprivate func forgetting(whatChangesKindIn above: SourceNode) -> SourceNode {
    guard case .mapping(var entries) = content else { return self }
    for index in entries.indices {
      guard let other = above.entry(entries[index].key)?.value,
        case .mapping(var own) = entries[index].value.content
      else { continue }
      switch entries[index].key {
      case "parameters":
        for place in own.indices where other.entry(own[place].key)?.value.entries != nil {
          own[place].value.content = .sequence([])
        }
      case "prune":
        guard let kind = other.entry("kind")?.value.scalar?.text,
          kind != entries[index].value.entry("kind")?.value.scalar?.text
        else { continue }
        own.removeAll { !["metric", "goal", "after"].contains($0.key) }
      default: continue
      }
      entries[index].value.content = .mapping(own)
    }
    return SourceNode(content: .mapping(entries), place: place)
  }
}
