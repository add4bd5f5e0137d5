import Analysis
import Foundation
import Reports
import Store
import Text
import Values

extension Pages {
  /// Everything that the store knows of one run.
  func run(_ reference: String, _ request: PageRequest) async throws -> Page {
    let id = try store.resolve(reference)
    let members = try store.memberships(run: id)
    guard let run = members.first else {
      throw StoreError(.notFound, "there is no run \(reference)")
    }
    let experiment = run.experiment
    var parts = [
      Page.Part(
        key: "title",
        content: Self.heading(
          run, notes: try store.notes(run: id).map(\.text), tags: try store.tags(run: id)))
    ]
    if let choices = try await sampler?.choices(run: id) {
      parts.append(Page.Part(key: "play", content: Self.play(id, choices)))
      parts.append(
        Page.Part(
          key: "denoise",
          content: """
            <h2>From noise to sample</h2>\(Self.denoisingSlider("Sampling step"))\
            \(Self.denoising(id, image: 0, classIndex: nil, title: "Sample 0"))
            """))
    }
    if let experiment {
      parts.append(Page.Part(key: "curves", content: Self.curves(run, experiment)))
    }
    let table = try experiment.map { try self.table($0) }
    if let table {
      let sheets = try SampleSheet.all(of: run, table)
      if let last = sheets.last {
        parts.append(
          Page.Part(
            key: "samples",
            content: """
              <h2>Samples</h2><p><img class="pixels" src="\(Address.of(["strip", last.sha256], [("n", "16")]))" \
              alt="Samples at step \(last.step)"></p><p class="caption">At step \(last.step); \
              <a href="\(Address.of(["e", experiment ?? "", "pictures"], [("where", "id == '\(id)'")]))">over the training</a>.</p>
              """))
      }
    }
    parts += [
      Page.Part(key: "metrics", content: Self.metrics(run, request)),
      Page.Part(key: "settings", content: Self.settings(run)),
      Page.Part(key: "events", content: Self.events(try store.events(run: id))),
      Page.Part(key: "checkpoints", content: checkpoints(id, try store.artifacts(run: id))),
      Page.Part(key: "artifacts", content: Self.artifacts(try store.artifacts(run: id))),
      Page.Part(key: "attempts", content: Self.attempts(try store.attempts(run: id))),
      Page.Part(
        key: "commands",
        content: Self.commands([
          "workbench show \(id.prefix(12))", "workbench logs \(id.prefix(12)) --follow",
          "workbench sample \(id.prefix(12)) -o samples.png",
          "workbench export \(id.prefix(12)) -o run.capsule",
        ])),
    ]
    return Page(
      title: run.title,
      trail: (experiment.map { trail($0) } ?? []) + [
        Page.Link(title: run.title, address: Address.run(id), isHere: true)
      ],
      tabs: experiment.map { tabs($0, here: "") } ?? [], parts: parts, kind: "run")
  }

  private static func heading(
    _ run: RunSummary, notes: [String], tags: [String]
  ) -> Markup {
    let error = run.error.map { why -> Markup in "<p class=\"problem\">\(why)</p>" }
    let notes = notes.map { note -> Markup in "<blockquote>\(note)</blockquote>" }
    let tags = tags.map { tag -> Markup in "<span class=\"tag\">\(tag)</span> " }
    let time = run.seconds.map { ", \(TimeText.duration($0))" } ?? ""
    return """
      <h1>\(run.title)</h1><p><span class="state \(run.state.rawValue)">\(run.state.rawValue)</span> step \(run.step), \
      seed \(run.seed)\(time). \(tags)</p>\(error)\(notes)<p class="muted"><code>\(run.id)</code></p>
      """
  }

  private static func curves(_ run: RunSummary, _ experiment: String) -> Markup {
    let names = run.metrics.filter { $0.value.count > 2 && !MetricName.isOfTheMachine($0.key) }.keys
      .filter { !MetricName.isOfLayer($0) }.sorted().prefix(6)
    let charts = names.map { metric -> Markup in
      let cell = PageCell(
        of: experiment,
        [("y", metric), ("where", "id == '\(run.id)'"), ("color", "label")], looks: Self.small,
        mark: run.metrics[metric].map { "\($0.count)-\($0.lastStep)" } ?? "")
      let large = Address.of(["e", experiment, "plot"], cell.keys + [("shown", "1")])
      return """
        <figure class="chart"><a href="\(large)"><img loading="lazy" width="420" height="240" \
        src="\(cell.picture)" \
        alt="\(metric)"></a><figcaption>\(metric)</figcaption></figure>
        """
    }
    return charts.isEmpty ? "" : "<h2>Curves</h2><div class=\"charts\">\(charts)</div>"
  }

  /// Metrics at first; more when asked for.
  private static let metricsAtFirst = 200

  private static func metrics(_ run: RunSummary, _ request: PageRequest) -> Markup {
    let limit = request.count("metrics", atFirst: metricsAtFirst)
    let beside = BesideMeasure.names(run.metrics.keys)
    let sorted = run.metrics.filter { !MetricName.isOfLayer($0.key) && !beside.contains($0.key) }
      .sorted { $0.key < $1.key }
    let shown = sorted.prefix(limit)
    let found = Dictionary(
      uniqueKeysWithValues: shown.map { name, _ in
        (name, BesideMeasure(name) { run.metrics[$0]?.last })
      })
    let hasBeside = found.values.contains { !$0.isEmpty }
    let rows = shown.map { name, metric -> Markup in
      func value(_ number: Double, _ step: Int?) -> Markup {
        """
        <td class="number">\(DecimalText.significant(number, digits: 5))</td><td class="number muted">\(step.map(String.init) ?? "–")</td>
        """
      }
      func text(_ number: Double?) -> String {
        number.map { DecimalText.significant($0, digits: 4) } ?? ""
      }
      let besides: Markup =
        hasBeside
        ? """
        <td class="number">\(found[name]?.interval.map { "\(text($0.lowerBound)) to \(text($0.upperBound))" } ?? "")</td>\
        <td class="number">\(text(found[name]?.real))</td>
        """ : ""
      return """
        <tr><th scope="row">\(name)</th>\(value(metric.last, metric.lastStep))\(besides)\(value(metric.min, metric.minStep))\
        \(value(metric.max, metric.maxStep))<td class="number">\(metric.count)</td></tr>
        """
    }
    guard !rows.isEmpty else { return "" }
    let next = Address.of(["r", String(run.id.prefix(16))], [("metrics", String(4 * limit))])
    let more: Markup =
      sorted.count > limit
      ? "<p><a href=\"\(next)\" data-soft>The first \(limit) of \(sorted.count) metrics: show more</a></p>"
      : ""
    let besides: Markup =
      hasBeside
      ? """
      <th class="number">95 % interval, of this run alone</th><th class="number">real images</th>
      """ : ""
    return """
      <h2>Metrics</h2><div class="scroll" tabindex="0" role="region" aria-label="Metrics"><table><thead><tr><th>metric</th><th class="number">last</th>\
      <th class="number">at step</th>\(besides)<th class="number">lowest</th><th class="number">at step</th><th class="number">highest</th>\
      <th class="number">at step</th><th class="number">points</th></tr></thead><tbody>\(rows)</tbody></table></div>\(more)
      """
  }

  private static func settings(_ run: RunSummary) -> Markup {
    let swept = Set(run.overrides.map(\.path))
    let rows = run.parameters.sorted { $0.key < $1.key }.map { path, value -> Markup in
      let isSwept = swept.contains(path)
      return """
        <tr\(isSwept ? " class=\"swept\"" : "")><th scope="row">\(path)</th><td>\(value.text)</td></tr>
        """
    }
    return """
      <details><summary>Settings (\(run.parameters.count))</summary><div class="scroll" tabindex="0" role="region" aria-label="Settings">\
      <table><tbody>\(rows)</tbody></table></div></details>
      """
  }

  private static func events(_ events: [RunEvent]) -> Markup {
    guard !events.isEmpty else { return "" }
    let lines = events.suffix(200).map { event -> Markup in
      "<li class=\"\(event.level.rawValue)\"><time>\(TimeText.minute(event.created))</time> \(event.text)</li>"
    }
    return "<h2>Events</h2><ol class=\"events\">\(lines)</ol>"
  }

  private static func artifacts(_ artifacts: [Artifact]) -> Markup {
    guard !artifacts.isEmpty else { return "" }
    let rows = artifacts.suffix(200).map { artifact -> Markup in
      """
      <tr><td>\(artifact.name)</td><td class="number">\(artifact.step.map(String.init) ?? "–")</td><td>\(artifact.mediaType)</td>\
      <td class="number">\(artifact.bytes)</td></tr>
      """
    }
    return """
      <details><summary>Files (\(artifacts.count))</summary><div class="scroll" tabindex="0" role="region" aria-label="Files"><table><thead><tr>\
      <th>name</th><th class="number">step</th><th>type</th><th class="number">bytes</th></tr></thead><tbody>\(rows)</tbody></table></div></details>
      """
  }

  /// Networks that the run has left, and the training state from which it would go on.
  private func checkpoints(_ run: String, _ artifacts: [Artifact]) -> Markup {
    var rows = artifacts.filter { $0.name.hasSuffix(".safetensors") }.map { artifact -> Markup in
      """
      <tr><th scope="row">\(artifact.name)</th><td class="number">\(artifact.step.map(String.init) ?? "the end")</td>\
      <td class="number">\(artifact.bytes)</td><td><code>\(String(artifact.sha256.prefix(12)))</code></td></tr>
      """
    }
    let state = RunLock.trainingState(run: run, store: store.folder)
    if let found = try? FileManager.default.attributesOfItem(atPath: state),
      let bytes = found[.size] as? Int, let written = found[.modificationDate] as? Date
    {
      rows.append(
        """
        <tr><th scope="row">training state</th><td class="number">of \(TimeText.minute(written.formatted(.iso8601)))</td>\
        <td class="number">\(bytes)</td><td class="muted">the run goes on from here</td></tr>
        """)
    }
    guard !rows.isEmpty else { return "" }
    return """
      <h2>Checkpoints</h2><div class="scroll" tabindex="0" role="region" aria-label="Checkpoints"><table><thead><tr><th>file</th>\
      <th class="number">step</th><th class="number">bytes</th><th></th></tr></thead><tbody>\(rows)</tbody></table></div>
      """
  }

  private static func attempts(_ attempts: [Attempt]) -> Markup {
    guard let last = attempts.last else { return "" }
    let rows = last.environment.sorted { $0.key < $1.key }.map { key, value -> Markup in
      "<tr><th scope=\"row\">\(key)</th><td>\(String(value.prefix(300)))</td></tr>"
    }
    return """
      <details><summary>Where it was made (attempt \(last.number))</summary><div class="scroll" tabindex="0" role="region" \
      aria-label="Where it was made"><table><tbody>\(rows)</tbody></table></div></details>
      """
  }

  /// What to type: a page only reads.
  static func commands(_ commands: [String]) -> Markup {
    let lines = commands.map { command -> Markup in
      "<li><code>\(command)</code> <button type=\"button\" data-copy>Copy</button></li>"
    }
    return "<h2>To type</h2><ul class=\"commands\">\(lines)</ul>"
  }

  // MARK: - Two runs

  /// Why two runs came out as they did.
  func why(_ a: String, _ b: String) throws -> Page {
    let explanation = try store.explanation(
      store.resolve(a), store.resolve(b), metric: nil)
    let experiment = try store.memberships(run: explanation.a.id).first?.experiment
    var parts = [
      Page.Part(
        key: "title",
        content: """
          <h1>\(explanation.a.name) and \(explanation.b.name)</h1><p>\(explanation.answer)</p>
          """)
    ]
    if let experiment, let metric = explanation.outcome?.metric {
      let cell = try PageCell(
        of: experiment,
        [
          ("y", metric), ("color", "label"),
          ("where", "id == '\(explanation.a.id)' or id == '\(explanation.b.id)'"),
        ], mark: mark(metric, experiment))
      parts.append(part("plot", cell) { _ in cell.figure("\(metric) of both runs") })
    }
    if let pictures = explanation.pictures {
      func strip(_ sha256: String, _ name: String) -> Markup {
        """
        <figure class="strip"><figcaption>\(name)</figcaption><span class="frame"><img src="\(Address.of(["strip", sha256], [("n", "12")]))" \
        alt="Samples of \(name)"></span></figure>
        """
      }
      parts.append(
        Page.Part(
          key: "pictures",
          content: """
            <h2>Samples</h2>\(strip(pictures.a, explanation.a.name))\(strip(pictures.b, explanation.b.name))\
            <figure class="strip"><figcaption>Their difference: black where they are the same</figcaption><span class="frame over">\
            <img src="\(Address.of(["strip", pictures.a], [("n", "12")]))" alt="Difference of the samples"><img class="difference" alt="" \
            src="\(Address.of(["strip", pictures.b], [("n", "12")]))"></span></figure>
            """))
    }
    return Page(
      title: "Why", trail: experiment.map { trail($0) } ?? [],
      tabs: experiment.map { tabs($0, here: "") } ?? [], parts: parts, kind: "why")
  }
}
