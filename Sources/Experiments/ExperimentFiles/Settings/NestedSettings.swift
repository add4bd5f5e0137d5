package import Values

/// Settings as canonical JSON (`JSONValue.canonical`), nested as their dotted paths say: written without a tree in between,
/// since a sweep of ten thousand runs has it written five times for each.
package struct NestedSettings {
  /// Settings with their values, in the order of the text.
  package typealias Entries = [(key: Key, value: ParameterValue)]

  /// A setting's place in the text; an object, of which copies cost nothing.
  package final class Key: Sendable {
    package let definition: KeyDefinition
    package let path: String
    fileprivate let sections: [String]
    fileprivate let name: String
    /// The name and what follows it, in the text.
    fileprivate let opening: [UInt8]

    fileprivate init(_ definition: KeyDefinition) {
      self.definition = definition
      path = definition.path
      let parts = definition.path.split(separator: ".").map(String.init)
      (sections, name) = (parts.dropLast(), parts.last ?? "")
      opening = Self.opening(name)
    }

    fileprivate static func opening(_ name: String) -> [UInt8] {
      var out: [UInt8] = []
      JSONValue.write(name, to: &out)
      out.append(UInt8(ascii: ":"))
      return out
    }
  }

  /// Every key of a run's settings, sorted as members of nested objects are: section by section, by their bytes.
  package static let keys: [Key] = KeyDefinitions.settings.map(Key.init).sorted { first, second in
    (first.sections + [first.name]).lexicographicallyPrecedes(second.sections + [second.name]) {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
  }

  /// The text of settings by their dotted paths.
  package static func text(_ values: [String: ParameterValue]) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(4096)
    write(
      keys.lazy.compactMap { key in values[key.path].map { (key, $0) } }, to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// Appends the text of entries that are in the order of `keys`.
  package static func write(
    _ entries: some Sequence<(key: Key, value: ParameterValue)>, to out: inout [UInt8]
  ) {
    out.append(UInt8(ascii: "{"))
    var open: [String] = []
    var isFirst = true
    func begin(_ opening: [UInt8], _ out: inout [UInt8]) {
      if !isFirst { out.append(UInt8(ascii: ",")) }
      out += opening
      isFirst = false
    }
    for (key, value) in entries {
      var shared = 0
      while shared < min(open.count, key.sections.count), open[shared] == key.sections[shared] {
        shared += 1
      }
      while open.count > shared {
        out.append(UInt8(ascii: "}"))
        open.removeLast()
      }
      for section in key.sections.dropFirst(shared) {
        begin(Key.opening(section), &out)
        out.append(UInt8(ascii: "{"))
        open.append(section)
        isFirst = true
      }
      begin(key.opening, &out)
      value.json.write(to: &out)
    }
    out += repeatElement(UInt8(ascii: "}"), count: open.count + 1)
  }
}
