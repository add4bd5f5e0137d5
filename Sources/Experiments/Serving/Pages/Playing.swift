import Analysis
import Store
import Text
import Values

extension Pages {
  /// Sliders for a trained network.
  static func play(_ run: String, _ choices: PageSamplerChoices) -> Markup {
    let samplers = choices.samplers.map { name -> Markup in
      "<option\(name == choices.sampler ? " selected" : "")>\(name)</option>"
    }
    let guidance = choices.guidance.map { value -> Markup in
      """
      <label>Guidance <input name="guidance" type="range" min="0" max="8" step="0.25" value="\(DecimalText.significant(value, digits: 3))"> \
      <output>\(DecimalText.significant(value, digits: 3))</output></label>
      """
    }
    let classes = choices.classes.enumerated().map { index, name -> Markup in
      "<option value=\"\(index)\">\(name)</option>"
    }
    let classMenu: Markup =
      choices.classes.isEmpty
      ? ""
      : "<label>Class <select name=\"class\"><option value=\"\">each in turn</option>\(classes)</select></label>"
    return """
      <h2>Play</h2><form class="controls play" data-play="\(run)">
      <label>Sampler <select name="sampler">\(samplers)</select></label>
      <label>Steps <input name="steps" type="range" min="1" max="100" value="\(choices.steps)"> <output>\(choices.steps)</output></label>
      \(guidance)\(classMenu)
      <label>Seed <input name="seed" type="number" min="0" value="0"></label>
      <button>Sample</button></form>
      <p><img class="pixels" id="played" alt="Samples drawn on demand" hidden></p><p class="caption" id="played-note"></p>
      """
  }

  /// One sheet of samples, of bounded size; one at a time.
  func play(_ request: PageRequest) async throws -> PageAnswer {
    guard let sampler else { return .refusal(404, "This server draws no samples.") }
    guard request.method == "POST" else { return .refusal(405, "Samples are asked for by POST.") }
    let body = JSONValue(text: String(decoding: request.body, as: UTF8.self))
    if case .object(let asked)? = body, asked["stop"] == .boolean(true) {
      await sampler.stop()
      return .json("{}")
    }
    guard case .object(let asked)? = body, case .string(let run)? = asked["run"],
      case .string(let name)? = asked["sampler"]
    else { return .refusal(400, "A request for samples names a run and a sampler.") }
    func integer(_ key: String) -> Int? {
      if case .integer(let value)? = asked[key] { value } else { nil }
    }
    func number(_ key: String) -> Double? {
      switch asked[key] {
      case .integer(let value)?: Double(value)
      case .number(let value)?: value
      default: nil
      }
    }
    guard let steps = integer("steps"), (1...1000).contains(steps),
      let seed = integer("seed"), seed >= 0
    else {
      return .refusal(
        400, "A request for samples has steps, 1 to 1000, and a seed, 0 or more: whole numbers.")
    }
    let count = asked["count"] == nil ? 16 : integer("count") ?? 0
    guard (1...64).contains(count) else {
      return .refusal(400, "The count of samples is 1 to 64.")
    }
    let sheet = try await sampler.sample(
      PageSamplerRequest(
        run: try store.resolve(run), sampler: name, steps: steps, guidance: number("guidance"),
        classIndex: integer("class"), seed: seed, count: count))
    return PageAnswer(
      status: 200, headers: [("Content-Type", "image/png")], body: .bytes(sheet))
  }
}
