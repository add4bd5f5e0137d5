import Foundation
import TestSupport
import Testing

/// The promise: same program, same instruction set, same file → same bits.
@Suite struct SameBitsTests {
  /// Everything that draws random numbers or keeps a state, in each precision.
  private static let experiment = """
    training: {steps: 24, batch: 32, lanes: 4, log_every: 1, checkpoint_every: 10, ema: 0.9,
      clip: 0.5, optimizer: {kind: adam, lr: 1.0e-3}, lr_schedule: {kind: cosine, warmup: 5}}
    data: {flip: true}
    sampling: {sampler: ddpm, guidance: 2, every: 10}
    evaluation: {every: 8, rounding: {every: 10}}
    sweep: {parameters: {training.precision: [fp32, bf16, fp16, fp8]}}

    """

  private func bits(_ arguments: [String]) throws -> [String: RunBits] {
    let place = try Workplace(Self.experiment)
    let ending = try place.start(
      ["run", place.file, "-o", place.reports] + arguments
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return try place.bits()
  }

  @Test func whateverTheWorkersAndJobs() throws {
    let one = try bits(["--workers", "1"])
    #expect(
      one.keys.sorted() == ["precision=bf16", "precision=fp16", "precision=fp32", "precision=fp8"])
    for (label, bits) in one {
      #expect(bits.points["train/loss"]?.count == 24, "\(label)")
      #expect(
        bits.points["rounding/e4m3/gradients/error"]?.keys.sorted() == [1, 10, 20], "\(label)")
      #expect(bits.points["eval/loss"]?.keys.sorted() == [8, 16, 24], "\(label)")
      #expect(
        bits.artifacts.keys.sorted() == [
          "network.raw.safetensors@-1", "network.safetensors@-1", "samples-00000010.png@10",
          "samples-00000020.png@20", "samples.png@-1",
        ], "\(label)")
    }
    #expect(
      Set(one.values.map { $0.artifacts["network.safetensors@-1"] }).count == 4,
      "precisions are told apart")
    // 128 are more than there are images, lanes, groups of a norm and tiles.
    for arguments in [
      ["--workers", "2"], ["--workers", "3", "-j", "2"], ["-j", "3"], ["--workers", "128"],
    ] {
      #expect(try bits(arguments) == one, "\(arguments)")
    }
  }
}
