import Diffusion
import Foundation
import Images
import TestSupport
import Testing

/// `sample` and `predict` on a network that `run` trained, against each other and the formulas.
@Suite struct TrainedNetworkVerbTests {
  private static let count = 4
  /// C·H·W of shapes at 8 pixels.
  private static let elements = 3 * 8 * 8
  private static let classes = 8

  /// One store for all tests here: they only read it.
  private static let trained = Result {
    let place = try Workplace()
    try place.run()
    return SharedPlace(place)
  }

  /// Its folder lives as long as this.
  private final class SharedPlace: @unchecked Sendable {
    let place: Workplace
    init(_ place: Workplace) { self.place = place }
  }

  private func place() throws -> Workplace { try Self.trained.get().place }

  /// A new path in the shared folder.
  private func free(_ ending: String) throws -> String {
    try "\(place().path)/\(UUID().uuidString).\(ending)"
  }

  private func tensors(_ fill: (inout SafetensorsWriter) -> Void) throws -> String {
    var writer = SafetensorsWriter()
    fill(&writer)
    let path = try free("safetensors")
    try writer.write(to: path)
    return path
  }

  /// Tensor `sample`, (N, C, H, W), of `sample` with these options; unclipped, since nearly every pixel of a
  /// network so little trained would be −1 or 1.
  private func sample(of source: String = "last", _ options: [String]) throws -> [Float] {
    let path = try free("safetensors")
    let ending = try place().start(["sample", source, "--no-clip", "--output", path] + options)
      .wait()
    #expect(ending.code == 0, "\(ending.errors)")
    let file = try Safetensors(contentsOf: path)
    #expect(try file.entry("sample").shape.dropFirst() == [3, 8, 8])
    return try file.floats("sample")
  }

  /// ε̂ of `predict`, (N, C, H, W).
  private func predict(
    _ source: String, _ x: [Float], timestep: Int, classes: [Int]
  ) throws -> [Float] {
    let n = classes.count
    let input = try tensors {
      $0.add("x", shape: [n, 3, 8, 8], x)
      $0.add("t", shape: [n], [Int](repeating: timestep, count: n))
      $0.add("class", shape: [n], classes)
    }
    let output = try free("safetensors")
    try place().workbench("predict", source, "--input", input, "--output", output)
    let file = try Safetensors(contentsOf: output)
    #expect(try file.entry("prediction").shape == [n, 3, 8, 8])
    return try file.floats("prediction")
  }

  /// The noise that images 0 ..< count of a seed start from, (N, C, H, W).
  private func startingNoise(seed: UInt64, count: Int) -> [Float] {
    let drawn = SamplingNoise(seed: seed, indices: 0..<count, elements: Self.elements).start()
    return (0..<count).flatMap { n in
      (0..<3).flatMap { c in (0..<64).map { drawn[n * Self.elements + $0 * 3 + c] } }
    }
  }

  private func noiseFile(_ x: [Float]) throws -> String {
    try tensors { $0.add("x", shape: [x.count / Self.elements, 3, 8, 8], x) }
  }

  // MARK: sample

  @Test func theDrawnNoiseGivenGivesTheSameImages() throws {
    let drawn = try sample(["--seed", "5"])
    #expect(drawn.count == Self.count * Self.elements, "the experiment's count")
    #expect(Set(drawn.map(\.bitPattern)).count > drawn.count / 2)
    let initial = try noiseFile(startingNoise(seed: 5, count: Self.count))
    #expect(try sample(["--initial", initial]) == drawn)
    // The count is the file's.
    let three = try noiseFile(startingNoise(seed: 5, count: 3))
    #expect(try sample(["--initial", three]) == Array(drawn.prefix(3 * Self.elements)))
    #expect(try sample(["--seed", "6"]) != drawn)
  }

  @Test func anImageDependsOnNothingBesideIt() throws {
    let twelve = try sample(["--count", "12", "--workers", "1"])
    #expect(try sample(["--count", "12", "--workers", "2"]) == twelve)
    #expect(
      try sample(["--count", "10", "--workers", "3"]) == Array(twelve.prefix(10 * Self.elements)))
  }

  /// One step of DDIM to x̂_0 = (x − √(1−ᾱ)·ε̂) / √ᾱ, with ε̂ = ε_u + s·(ε_c − ε_u) (Ho & Salimans 2022), put
  /// together from `schedule` and `predict`.
  @Test(arguments: [0, 1, 2.5]) func oneStepIsTheFormula(guidance: Double) throws {
    let place = try place()
    let schedule = try #require(
      try place.json("schedule", place.file, "--inference-steps", "1") as? [String: Any])
    let timesteps = (schedule["timesteps"] as? [Int]) ?? []
    let timestep = try #require(timesteps.first)
    #expect(timesteps.count == 1)
    let alphas = try #require(schedule["alphas_cumprod"] as? [Double])
    #expect(alphas.count == 100)
    let alpha = alphas[timestep]

    let x = startingNoise(seed: 0, count: 3)
    let conditional = try predict(
      "last", x, timestep: timestep, classes: [Int](repeating: 2, count: 3))
    let unconditional = try predict(
      "last", x, timestep: timestep, classes: [Int](repeating: Self.classes, count: 3))
    #expect(relativeError(conditional, unconditional) > 1e-4, "it knows classes")
    let expected = x.indices.map { i in
      let (c, u) = (Double(conditional[i]), Double(unconditional[i]))
      return Float(
        (Double(x[i]) - (1 - alpha).squareRoot() * (u + guidance * (c - u)))
          / alpha.squareRoot())
    }
    let drawn = try sample([
      "--steps", "1", "--class", "2", "--guidance", "\(guidance)", "--initial",
      noiseFile(x),
    ])
    // A few roundings of single precision.
    #expect(relativeError(drawn, expected) < 2e-6)
  }

  @Test func withoutAClassImagesTakeThemInTurn() throws {
    let initial = try noiseFile(startingNoise(seed: 1, count: 10))
    let all = try sample(["--initial", initial])
    for k in [0, 3] {
      let one = try sample(["--initial", initial, "--class", "\(k)"])
      for i in 0..<10 {
        let range = (i * Self.elements)..<((i + 1) * Self.elements)
        #expect((one[range] == all[range]) == (i % Self.classes == k), "image \(i), class \(k)")
      }
    }
  }

  @Test func theSheetShowsTheImages() throws {
    let sheet = try free("png")
    let values = try sample(["--count", "2", "-o", sheet, "--class", "1"])
    let images = (0..<2).map { i in
      let channels = values[(i * Self.elements)..<((i + 1) * Self.elements)]
      let pixels = (0..<64).flatMap { p in
        (0..<3).map { channels[channels.startIndex + $0 * 64 + p] }
      }
      return Image(values: pixels, height: 8, width: 8, channels: 3)
    }
    let expected = Image.grid(images, columns: 2, padding: 2)
    let picture = try Image(contentsOf: sheet)
    #expect(picture.width == expected.width && picture.height == expected.height)
    #expect(picture.pixels == expected.pixels)
  }

  @Test func rawAndAveragedWeightsAreTold() throws {
    let place = try place()
    let folder = "\(place.path)/\(UUID().uuidString)"
    try place.workbench("artifacts", "last", "-o", folder)
    let options = ["--steps", "3", "--sampler", "ddim", "--count", "4"]
    let averaged = try sample(options)
    let raw = try sample(options + ["--raw"])
    #expect(raw != averaged)
    // A file's precision and sampler are the defaults: fp32, as in this experiment.
    #expect(try sample(of: "\(folder)/network.safetensors", options) == averaged)
    #expect(try sample(of: "\(folder)/network.raw.safetensors", options) == raw)
  }

  // MARK: predict

  @Test func predictionsOfAFileAndItsRunAreTheSame() throws {
    let place = try place()
    let folder = "\(place.path)/\(UUID().uuidString)"
    try place.workbench("artifacts", "last", "-o", folder)
    let x = startingNoise(seed: 3, count: 5)
    let classes = [0, 7, 8, 3, 3]
    let ofRun = try predict("last", x, timestep: 42, classes: classes)
    #expect(ofRun.allSatisfy { $0.isFinite })
    #expect(
      try predict("\(folder)/network.safetensors", x, timestep: 42, classes: classes) == ofRun)
    // One at a time as well.
    for i in 0..<5 {
      let range = (i * Self.elements)..<((i + 1) * Self.elements)
      #expect(
        try predict("last", Array(x[range]), timestep: 42, classes: [classes[i]])
          == Array(ofRun[range]), "image \(i)")
    }
  }

  // MARK: model, schedule, bench, doctor

  @Test func modelCountsItsParameters() throws {
    let place = try place()
    let document = try #require(try place.json("model", place.file) as? [String: Any])
    let layers = try #require(document["layers"] as? [[String: Any]])
    let total = layers.compactMap { $0["parameters"] as? Int }.reduce(0, +)
    #expect(document["parameters"] as? Int == total)
    #expect(document["input"] as? [Int] == [3, 8, 8])
    #expect(document["architecture"] as? String == "small-unet")
    // The same as in the file of the trained network.
    let folder = "\(place.path)/\(UUID().uuidString)"
    try place.workbench("artifacts", "last", "-o", folder)
    let file = try Safetensors(contentsOf: "\(folder)/network.safetensors")
    #expect(file.entries.values.map { $0.shape.reduce(1, *) }.reduce(0, +) == total)
  }

  @Test func scheduleIsTheProductOfItsSteps() throws {
    let document = try #require(
      try place().json("schedule", "--kind", "linear", "--steps", "50", "--inference-steps", "5")
        as? [String: Any])
    let betas = try #require(document["betas"] as? [Double])
    let alphas = try #require(document["alphas_cumprod"] as? [Double])
    #expect(betas.count == 50 && document["steps"] as? Int == 50)
    #expect((document["timesteps"] as? [Int])?.count == 5)
    var product = 1.0
    let products = betas.map { beta in
      product *= 1 - beta
      return product
    }
    // Fifty products in double precision.
    expectClose(alphas, products, within: 50 * Double.ulpOfOne)
  }

  @Test(arguments: ["train", "sample"]) func benchHasTheFieldsOthersRelyOn(what: String) throws {
    let place = try place()
    let document = try #require(
      try place.json("bench", what, place.file, "training.precision=bf16", "--workers", "1")
        as? [String: Any])
    #expect(
      document.keys.sorted() == [
        "gflopPerSecond", "imagesPerSecond", "kernels", "millisecondsPerStep", "peakFraction",
        "peakMemoryMiB", "precision", "workers",
      ])
    #expect(document["precision"] as? String == "bf16")
    #expect(document["workers"] as? Int == 1)
    let speed = try #require(document["imagesPerSecond"] as? Double)
    let milliseconds = try #require(document["millisecondsPerStep"] as? Double)
    let images = what == "train" ? 8.0 : 4.0
    #expect(abs(speed * milliseconds / 1000 / images - 1) < 1e-9)
  }

  @Test func doctorFindsTheStore() throws {
    let findings = try #require(try place().json("doctor") as? [[String: Any]])
    let store = findings.first { $0["subject"] as? String == "store" }
    #expect(store?["verdict"] as? String == "ok")
    #expect((store?["text"] as? String)?.hasSuffix(": 1 finished") == true)
    #expect(
      Set(findings.compactMap { $0["subject"] as? String }).isSuperset(of: [
        "processor", "BLAS", "fashion-mnist",
      ]))
  }

  #if os(Linux)
    /// As a batch system has it: one thread, whatever the machine has.
    @Test func doctorCountsTheProcessorsThatItMayUse() throws {
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let allowed = try #require(status.firstMatch(of: /Cpus_allowed_list:\s*(\d+)/)?.output.1)
      let ending = try place().start(["doctor"], launcher: ["taskset", "-c", String(allowed)])
        .wait()
      #expect(
        ending.output.contains(
          #/, 1 (of \d+ processors \(what its affinity allows\)|processor); /#),
        "\(ending.output)")
    }
  #endif

  @Test(arguments: [("", "Winograd on"), ("on", "Winograd on"), ("off", "Winograd off")])
  func winogradCanBeSwitchedOff(_ value: String, _ text: String) throws {
    let ending = try place().start(["doctor"], environment: ["WORKBENCH_WINOGRAD": value]).wait()
    #expect(ending.output.contains(text))
  }

  @Test func winogradIsOnOrOff() throws {
    let ending = try place().start(["doctor"], environment: ["WORKBENCH_WINOGRAD": "no"]).wait()
    #expect(ending.output.contains("WORKBENCH_WINOGRAD is 'no'; it can be on or off"))
  }
}
