import Foundation

/// Peak signal-to-noise ratio of restored images, in dB: 10·log₁₀(2²/e), e the mean squared error of an image whose values
/// lie in [−1, 1], and the mean over images. An image that is the truth itself has 100 dB.
///
/// - Parameters:
///   - restored: (N, elements), held within [−1, 1] here.
///   - truth: as many.
func peakSignalToNoise(_ restored: [Float], truth: [Float], elements: Int) -> Double {
  let count = restored.count / max(elements, 1)
  guard count > 0 else { return .nan }
  var sum = 0.0
  for image in 0..<count {
    var squares = 0.0
    for k in image * elements..<(image + 1) * elements {
      let difference = Double(max(-1, min(1, restored[k]))) - Double(truth[k])
      squares += difference * difference
    }
    sum += 10 * log10(4 / max(squares / Double(elements), 4e-10))
  }
  return sum / Double(count)
}
