import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Diffusion

@Suite struct SamplerTests {
  /// A denoiser that is no multiple of x, and differs by timestep.
  private let crooked: Denoiser<Float> = { x, level, epsilon in
    for k in x.indices {
      epsilon[k] = tanh(1.5 * x[k]) + 0.3 * sin(Float(level.time) / 100 + x[k])
    }
  }

  private func draw(
    _ settings: SamplingSettings, _ indices: Range<Int>, elements: Int = 5, clip: Bool = true,
    start: [Float]? = nil, steps: Int = 200, denoise: Denoiser<Float>? = nil,
    observe: SamplingObserver? = nil
  ) throws -> [Float] {
    try sample(
      settings, process: NoiseProcess(DiffusionSettings(steps: steps)), indices: indices,
      elements: elements, clip: clip, start: start, denoise: denoise ?? crooked, observe: observe
    ).values
  }

  /// From one number, all timesteps given.
  private func descent(
    _ process: NoiseProcess, _ timesteps: [Int], clip: Bool, noise: @escaping NoiseSource,
    denoise: @escaping Denoiser<Float>, observe: SamplingObserver? = nil
  ) -> Descent<Float> {
    Descent(
      from: [1], process: process, levels: timesteps.map(process.level) + [.data],
      limit: clip ? .clip(range: 1) : .none, noise: noise, denoise: denoise, observe: observe)
  }

  /// √ᾱ = 0.8, 0.4; x_t = 1 and ε = 0, so that x̂_0 = 2.5, clipped 1.
  @Test func aStepByHand() throws {
    let process = try NoiseProcess(NoiseSchedule(betas: [0.36, 0.75]))
    let silent: Denoiser<Float> = { _, _, epsilon in epsilon[0] = 0 }
    let one: NoiseSource = { _, z in z[0] = 1 }
    func first(_ run: (@escaping SamplingObserver) throws -> [Float]) throws -> (
      x: Float, x0: Float
    ) {
      var seen: (Float, Float)?
      _ = try run { if $0.index == 0 { seen = ($0.x[0], $0.x0[0]) } }
      return try #require(seen)
    }

    // 0.8·0.75/0.84·x̂_0 + 0.5·0.36/0.84·1 + √(0.27/0.84)·1
    for (clip, x0) in [(true, 1.0), (false, 2.5)] {
      let step = try first {
        try ancestral(
          descent(process, [1, 0], clip: clip, noise: one, denoise: silent, observe: $0))
      }
      #expect(step.x0 == Float(x0))
      let expected = (0.6 * x0 + 0.18) / 0.84 + (0.27 / 0.84).squareRoot()
      #expect(abs(Double(step.x) - expected) < 2e-7)
    }
    // 0.8·x̂_0 + 0.6·ε; after the clip ε = (1 − 0.4)/√0.84.
    for (clip, expected) in [(true, 0.8 + 0.36 / 0.84.squareRoot()), (false, 2.0)] {
      let step = try first {
        try ddim(
          descent(process, [1, 0], clip: clip, noise: one, denoise: silent, observe: $0))
      }
      #expect(abs(Double(step.x) - expected) < 2e-7)
    }
    // η = ½: σ² = ¼·0.27/0.84.
    let half = try first {
      try ddim(
        descent(process, [1, 0], clip: false, noise: one, denoise: silent, observe: $0), eta: 0.5)
    }
    #expect(abs(Double(half.x) - (2 + 0.5 * (0.27 / 0.84).squareRoot())) < 2e-7)
    // (1 − 0.75/√0.84·ε)/√0.25 + √0.75, then the last step, without 1/√α and noise.
    let constant: Denoiser<Float> = { _, _, epsilon in epsilon[0] = 0.2 }
    let wrong = try naiveStrided(
      descent(process, [1, 0], clip: false, noise: one, denoise: constant))
    let between = (1 - 0.75 / 0.84.squareRoot() * 0.2) / 0.5 + 0.75.squareRoot()
    #expect(abs(Double(wrong[0]) - (between - 0.36 / 0.6 * 0.2)) < 3e-7)
  }

  /// Song J. 2021, section 4.1: sample by sample, on any grid, clipped or not.
  @Test(arguments: [1, 2, 13, 50, 200], [true, false])
  func ddimOfEtaOneIsAncestral(steps: Int, clip: Bool) throws {
    for spacing in SamplingSettings.Spacing.allCases {
      let ancestral = try draw(
        SamplingSettings(sampler: .ddpm, steps: steps, spacing: spacing, seed: 4), 0..<9, clip: clip
      )
      let ddim = try draw(
        SamplingSettings(sampler: .ddim, steps: steps, spacing: spacing, eta: 1, seed: 4), 0..<9,
        clip: clip)
      // Rounded to Float once a step in both, the last bits of x differ and are carried on.
      #expect(relativeError(ddim, ancestral) < 1e-5)
      let other = try draw(
        SamplingSettings(sampler: .ddim, steps: steps, spacing: spacing, eta: 0, seed: 4), 0..<9,
        clip: clip)
      #expect(steps < 13 || relativeError(other, ancestral) > 0.01)
    }
  }

  @Test(arguments: SamplingSettings.Sampler.allCases.filter { !$0.isAdaptive }, [0.0, 0.7])
  func aSampleIsTheSameAloneOrInABatch(sampler: SamplingSettings.Sampler, eta: Double) throws {
    let settings = SamplingSettings(sampler: sampler, steps: 7, eta: eta, seed: 11)
    let together = try draw(settings, 0..<6)
    for index in 0..<6 {
      #expect(
        try draw(settings, index..<index + 1) == Array(together[index * 5..<(index + 1) * 5]))
    }
    #expect(try draw(settings, 2..<5) == Array(together[10..<25]))
    // Two samples differ, and so do two seeds.
    // Some are clipped to one value.
    #expect(Set(together).count > 10)
    var other = settings
    other.seed = 12
    #expect(try draw(other, 0..<6) != together)
    #expect(try draw(settings, 3..<3).isEmpty)
  }

  @Test(arguments: SamplingSettings.Sampler.allCases)
  func oneStepAndAllSteps(sampler: SamplingSettings.Sampler) throws {
    let asked = Mutex<[Int]>([])
    func timesteps(_ steps: Int) throws -> [Int] {
      asked.withLock { $0 = [] }
      let settings = SamplingSettings(sampler: sampler, steps: steps)
      let samples = try draw(
        settings, 0..<2,
        denoise: { x, level, epsilon in
          // Half-way in ln σ may be a level's own, but for rounding.
          asked.withLock { $0.append(Int(level.time + 1e-6)) }
          try crooked(x, level, &epsilon)
        })
      #expect(samples.count == 10 && samples.allSatisfy { $0.isFinite })
      return asked.withLock { $0 }
    }
    if sampler.isAdaptive {
      // From the first level to the last by steps of its own.
      let asked = try timesteps(2)
      #expect(asked.first == 199 && asked.last == 0 && asked.count > 8)
    } else {
      #expect(try timesteps(1) == [199])
      // Some ask between two levels, or twice at one.
      let asked = try timesteps(200)
      #expect(Set(asked) == Set(0..<200) && asked == asked.sorted(by: >) && asked.count <= 400)
      let two = try timesteps(2)
      #expect(two.first == 199 && two.last == 0 && two.count <= 4)
    }
    let error = #expect(throws: DiffusionError.self) { try timesteps(201) }
    #expect(error?.kind == .badInput && asked.withLock { $0.isEmpty })
  }

  /// One step from T−1 to data is x̂_0 itself, for both right samplers.
  @Test func oneStepGivesTheEstimateOfX0() throws {
    let schedule = try NoiseSchedule(DiffusionSettings(steps: 200))
    let settings = SamplingSettings(sampler: .ddpm, steps: 1, clip: false)
    let start: [Float] = [0.5, -1, 2]
    let samples = try draw(settings, 0..<1, elements: 3, start: start)
    var epsilon: [Float] = [0, 0, 0]
    try crooked(start, schedule.level(199), &epsilon)
    let expected = zip(start, epsilon).map { x, epsilon in
      Float(
        (Double(x) - schedule.sqrtOneMinusAlphasCumprod[199] * Double(epsilon))
          / schedule.sqrtAlphasCumprod[199])
    }
    #expect(relativeError(samples, expected) < 1e-6)
    #expect(expected.contains { abs($0) > 1 })
  }

  @Test func clippingHoldsTheEstimate() throws {
    func extremes(_ settings: SamplingSettings, clip: Bool) throws -> Float {
      var largest: Float = 0
      _ = try draw(
        settings, 0..<8, clip: clip,
        observe: { largest = max(largest, $0.x0.map(abs).max() ?? 0) })
      return largest
    }
    for sampler in [SamplingSettings.Sampler.ddpm, .ddim] {
      let open = SamplingSettings(sampler: sampler, steps: 10)
      #expect(try extremes(open, clip: true) == 1)
      #expect(try extremes(open, clip: false) > 1.5)
      // What the settings say goes before what the caller takes for images.
      #expect(
        try extremes(SamplingSettings(sampler: sampler, steps: 10, clip: true), clip: false) == 1)
      #expect(
        try extremes(SamplingSettings(sampler: sampler, steps: 10, clip: false), clip: true) > 1.5)
    }
  }

  @Test func aNaNShows() throws {
    let samples = try draw(
      SamplingSettings(sampler: .ddim, steps: 3), 0..<1,
      denoise: { _, _, epsilon in
        for k in epsilon.indices { epsilon[k] = k == 0 ? .nan : k == 1 ? .infinity : 0 }
      })
    #expect(samples[0].isNaN)
    #expect(samples[2...].allSatisfy { $0.isFinite })
  }

  @Test func noiseIsDrawnForAllStepsButTheLast() throws {
    let process = try NoiseProcess(DiffusionSettings(steps: 200))
    var asked: [Int] = []
    let noise: NoiseSource = { draw, z in
      if case .step(let place) = draw { asked.append(place) }
      for k in z.indices { z[k] = 0 }
    }
    let descent = descent(
      process, [199, 120, 50, 3], clip: true, noise: noise, denoise: crooked)
    _ = try ancestral(descent)
    #expect(asked == [3, 2, 1])
    asked = []
    _ = try ddim(descent)
    #expect(asked.isEmpty)
    _ = try ddim(descent, eta: 0.5)
    #expect(asked == [3, 2, 1])
    asked = []
    _ = try naiveStrided(descent)
    #expect(asked == [3, 2, 1])
  }

  @Test func observersSeeEachStepAndMayEndIt() throws {
    struct Enough: Error {}
    var seen: [[Int]] = []
    let settings = SamplingSettings(sampler: .ddim, steps: 3, spacing: .trailing)
    var last: [Float] = []
    let samples = try draw(
      settings, 0..<2,
      observe: { step in
        seen.append([step.index, step.count, Int(step.level.time)])
        last = step.x
      })
    // 200, 133.3, 66.7 less 1.
    #expect(seen == [[0, 3, 199], [1, 3, 132], [2, 3, 66]])
    #expect(last == samples)
    #expect(throws: Enough.self) {
      try draw(settings, 0..<2, observe: { if $0.index == 1 { throw Enough() } })
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    for settings in [
      SamplingSettings(steps: 0), SamplingSettings(steps: 201),
      SamplingSettings(sampler: .ddim, steps: 5, eta: -0.1),
      SamplingSettings(sampler: .ddim, steps: 5, eta: .nan),
    ] {
      let error = #expect(throws: DiffusionError.self) { try draw(settings, 0..<1) }
      #expect(error?.kind == .badInput)
    }
    let error = #expect(throws: DiffusionError.self) {
      try draw(SamplingSettings(steps: 5), 0..<2, start: [1, 2, 3])
    }
    #expect(error?.description.contains("3 values") == true)
  }

  /// η beyond 1 asks for more noise than there is room for: the direction of ε is left out, not NaN.
  @Test func aLargeEtaStaysFinite() throws {
    let samples = try draw(SamplingSettings(sampler: .ddim, steps: 10, eta: 3), 0..<4)
    #expect(samples.allSatisfy { $0.isFinite })
  }
}
