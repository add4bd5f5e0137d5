import Store
import Text
import Values

extension ReportPage {
  private static let mostColumns = 3
  private static let mostStages = 5

  /// Grids side by side: the same initial noise in each, so that two differ by what was swept.
  mutating func samples() throws -> String {
    let (shown, note) = shown(Self.mostBars)
    let grids = shown.compactMap { setting in
      // What diverged has no samples of its end, and those of before are no result.
      setting.runs.lazy.filter { !$0.hasDiverged }
        .compactMap { run in Self.finalSamples(run).map { (setting, $0, run) } }.first
    }
    guard !grids.isEmpty else { return "" }
    var cells: [Int: String] = [:]
    for (setting, grid, _) in grids {
      let number = setting.index + 1
      cells[setting.index] = picture(
        "samples-\(number < 10 ? "0" : "")\(number)-\(SafeText.fileName(setting.label)).png",
        mediaType: grid.mediaType, bytes: try input.content(grid.sha256),
        alternative: "Samples of \(setting.label)")
    }
    var parts = ["## Samples"]
    parts += sampleTables(grids.map(\.0), cells)
    let caption = samplesCaption(grids.map { ($0.0, $0.2) })
    parts.append("*\(MarkdownText.escaped(caption + note))*")
    let growth = try self.growth()
    if !growth.isEmpty { parts.append(growth) }
    return parts.joined(separator: "\n\n")
  }

  private func samplesCaption(_ shown: [(setting: Setting, run: ReportRun)]) -> String {
    var sentences: [String] = []
    let runs = shown.map(\.run)
    func value(_ path: String, _ run: ReportRun) -> ParameterValue? {
      run.overrides.last { $0.path == path }?.value ?? run.settings[path]
    }
    func differs(_ path: String) -> Bool { Set(runs.map { value(path, $0) ?? .null }).count > 1 }
    let paths = Set(runs.flatMap { $0.overrides.map(\.path) + $0.settings.keys })
    if runs.count < 2 {
      sentences.append("Samples after training.")
    } else if StartingNoise.isSame(differing: paths.filter(differs)) {
      // Runs of several seeds may differ in these too, where the first of one is missing.
      let isAlike = !settings.repeatedPaths.contains(where: differs)
      sentences.append(
        "Every grid starts from the same noise"
          + (isAlike ? ": two pictures differ only by what was swept." : "."))
    } else {
      sentences.append("The grids do not start from the same noise.")
    }
    if shown.contains(where: { $0.setting.runs.count > 1 }) {
      let seeds = settings.repeatedPaths.map { path in
        distinct(runs.map { value(path, $0)?.text ?? "none" }).map { "\(path)=\($0)" }
      }
      let texts = seeds.flatMap(\.self)
      sentences.append(
        "Of several seeds the first that has samples is shown"
          + (texts.isEmpty || texts.count > 8 ? "." : " (\(texts.joined(separator: ", ")))."))
    }
    return sentences.joined(separator: " ")
  }

  /// Two swept parameters of a full grid make rows and columns; anything else goes in lines.
  private func sampleTables(_ shown: [Setting], _ cells: [Int: String]) -> [String] {
    if settings.paths.count == 2, shown.count == settings.all.count {
      let rows = distinct(shown.map { $0.parts[0] })
      let columns = distinct(shown.map { $0.parts[1] })
      if rows.count > 1, (2...Self.mostColumns).contains(columns.count),
        rows.count * columns.count == shown.count
      {
        let table = rows.map { row in
          ["**\(MarkdownText.escaped(row))**"]
            + columns.map { column in
              let setting = shown.first { $0.parts == [row, column] }
              return setting.flatMap { cells[$0.index] } ?? ""
            }
        }
        return [
          MarkdownText.table(
            header: [""] + columns.map(MarkdownText.escaped),
            alignments: [":--"] + columns.map { _ in ":-:" }, rows: table)
        ]
      }
    }
    return stride(from: 0, to: shown.count, by: Self.mostColumns).map { start in
      let line = shown[start..<min(shown.count, start + Self.mostColumns)]
      return MarkdownText.table(
        header: line.map { MarkdownText.escaped($0.label) },
        alignments: line.map { _ in ":-:" },
        rows: [line.map { cells[$0.index] ?? "" }])
    }
  }

  /// How the best setting's samples came about.
  private mutating func growth() throws -> String {
    guard let setting = settings.all.first(where: { $0.index == verdict.winner ?? 0 }),
      let run = setting.runs.first(where: { !$0.hasDiverged && Self.finalSamples($0) != nil })
    else { return "" }
    var stages = Self.stages(run)
    if let final = Self.finalSamples(run), let last = stages.last, run.step > last.step {
      stages.append((run.step, final))
    }
    guard stages.count > 1 else { return "" }
    if stages.count > Self.mostStages {
      // Evenly, the first and the last among them.
      let last = Double(stages.count - 1)
      stages = (0..<Self.mostStages).map {
        stages[Int((Double($0) * last / Double(Self.mostStages - 1)).rounded())]
      }
    }
    let pictures = try stages.map { stage in
      picture(
        "growth-\(stage.step).png", mediaType: stage.artifact.mediaType,
        bytes: try input.content(stage.artifact.sha256),
        alternative: "Samples after \(stage.step) steps")
    }
    let table = MarkdownText.table(
      header: stages.map { "step \($0.step)" }, alignments: stages.map { _ in ":-:" },
      rows: [pictures])
    let name = settings.all.count > 1 ? " of \(MarkdownText.escaped(setting.label))" : ""
    return "### During training\n\n\(table)\n\n*Samples\(name), from the same noise each time.*"
  }

  private func distinct(_ texts: [String]) -> [String] {
    texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  // MARK: - Artifacts of a run

  /// The grid made at the end of the run, or the latest there is.
  private static func finalSamples(_ run: ReportRun) -> Artifact? {
    let final = run.artifacts.first {
      ($0.name == "samples.png" || $0.name == "samples") && $0.step == nil
        && $0.mediaType == "image/png"
    }
    return final ?? stages(run).last?.artifact
  }

  /// Grids made at steps of the training, first to last.
  private static func stages(_ run: ReportRun) -> [(step: Int, artifact: Artifact)] {
    run.artifacts.compactMap { artifact -> (step: Int, artifact: Artifact)? in
      guard artifact.mediaType == "image/png", artifact.name.hasPrefix("samples") else {
        return nil
      }
      if let step = artifact.step { return (step, artifact) }
      // samples-00000500.png
      let digits = artifact.name.dropFirst("samples-".count).prefix { $0.isASCII && $0.isNumber }
      guard artifact.name == "samples-\(digits).png", let step = Int(digits) else { return nil }
      return (step, artifact)
    }.sorted { $0.step < $1.step }
  }
}
