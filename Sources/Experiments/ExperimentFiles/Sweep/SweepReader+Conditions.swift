/// Where runs and parameters depend on others: `where` and `when`.
extension SweepReader {
  /// - Parameter key: `where`, or `when`, for messages.
  func expression(
    _ node: SourceNode, of key: String, into errors: inout Diagnostics
  ) -> Expression? {
    guard let scalar = node.scalar, !scalar.isAbsent else {
      errors.error(
        "'sweep.\(key)' expects an expression, not \(node.kindName)", at: node.place,
        hint: "for instance \"model.base_channels * training.batch <= 8192\"")
      return nil
    }
    do throws(ExpressionError) {
      let expression = try Expression(scalar.text)
      let parameters = KeyDefinitions.settings
      try expression.check(
        names: { name in
          KeyDefinitions.byPath[name].flatMap { $0.isSetting ? $0.type.expressionType : nil }
        }, candidates: parameters.map(\.path))
      return expression
    } catch {
      errors.error(
        "\(key): \(error.message)", at: node.place(ofScalarAt: error.span.start), hint: error.hint)
      return nil
    }
  }

  /// `when`: parameters below the condition that they hang on.
  /// - Parameter outer: paths that are set before any of these.
  mutating func branches(
    _ node: SourceNode, outer: Set<String>, into errors: inout Diagnostics
  ) -> [Sweep.Branch] {
    guard let entries = node.entries, !entries.isEmpty else {
      errors.error(
        "'sweep.when' expects a mapping from an expression to parameters, not "
          + (node.entries == nil ? node.kindName : "an empty one"), at: node.place,
        hint:
          "for instance {\"sampling.sampler == 'ddim'\": {sampling.eta: [0, 0.5]}}")
      return []
    }
    var settled = outer
    var branches: [Sweep.Branch] = []
    for entry in entries {
      let key = SourceNode(
        content: .scalar(SourceScalar(text: entry.key, isPlain: true)), place: entry.keyPlace)
      let condition = expression(key, of: "when", into: &errors)
      if let condition {
        unsettled.append((condition.names.filter { !settled.contains($0) }, entry.keyPlace))
      }
      let block = block(entry.value, settled: &settled, into: &errors)
      if let condition, let block {
        branches.append(Sweep.Branch(condition: condition, node: key, block: block))
      }
    }
    return branches
  }

  private mutating func block(
    _ node: SourceNode, settled: inout Set<String>, into errors: inout Diagnostics
  ) -> Sweep.Block? {
    guard let entries = mapping(node, "sweep.when", into: &errors) else { return nil }
    var block = Sweep.Block()
    for entry in entries where entry.key != "when" {
      if entry.key == "zip" {
        block.axes += zips(entry.value, isConditional: true, into: &errors)
      } else if let axis = axis(entry, isConditional: true, into: &errors) {
        block.axes.append(axis)
      }
    }
    settled.formUnion(conditionalPaths)
    if let inner = node.entry("when") {
      block.branches = branches(inner.value, outer: settled, into: &errors)
      settled.formUnion(conditionalPaths)
    }
    return block
  }
}

extension SourceNode {
  /// Where a scalar's n-th Unicode scalar stands, if it was written out on one line; else where
  /// the scalar begins.
  package func place(ofScalarAt offset: Int) -> Place {
    guard let scalar, place.source.lines.indices.contains(place.line - 1) else { return place }
    let line = place.source.lines[place.line - 1].unicodeScalars.dropFirst(place.column - 1)
    for skip in [0, 1] where line.dropFirst(skip).starts(with: scalar.text.unicodeScalars) {
      return place.moved(columns: skip + offset)
    }
    return place
  }
}
