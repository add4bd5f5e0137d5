import Kernels

/// A network as a denoiser asks it about a batch: what its images are told, and what it hears beside them.
struct AskedNetwork {
  let predictor: Predictor
  /// What it predicts.
  let process: NoiseProcess
  /// What is said of the batch where it is told something, and where it is not.
  let told: Condition
  let untold: Condition
  let side: SideInput?
  let worker: Int?

  /// (N, D) at a level → what it says, in the terms of its own process.
  /// - Parameter output: (N, D), and behind it what is said of variances where there is room for that.
  func ask(
    _ x: [Float], at level: NoiseLevel, isTold: Bool = true, into output: inout [Float]
  ) {
    let scale = Float(process.prediction.inputScale(at: level, sigmaData: process.sigmaData))
    side?.prepare(x.count)
    (scale == 1 ? x : x.map { scale * $0 }).withUnsafeBufferPointer { x in
      output.withUnsafeMutableBufferPointer { output in
        predictor.predict(
          x,
          times: [Float](
            repeating: Float(level.time), count: x.count / max(predictor.elements, 1)),
          condition: isTold ? told : untold, beside: isTold ? side?.values : side?.untold,
          worker: worker, into: output)
      }
    }
  }

  /// The same denoiser, whose estimates this network hears at the level after.
  func remembering(_ denoise: @escaping Denoiser<Float>) -> Denoiser<Float> {
    side?.remembering(denoise) ?? denoise
  }
}
