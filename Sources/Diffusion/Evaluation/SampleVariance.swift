/// The variance of samples about their own mean, averaged over the dimensions:
/// (1/D)·Σ_d 1/(N−1)·Σ_i (x_id − x̄_d)².
///
/// Unbiased, so that data N(m, v·I) give v whatever m and N; with N·D values its standard error is
/// v·√(2/((N−1)·D)).
///
/// - Parameters:
///   - samples: (N, D).
///   - elements: D.
/// - Returns: NaN of fewer than two samples.
public func sampleVariance(_ samples: [Float], elements: Int) -> Double {
  precondition(
    elements > 0 && samples.count.isMultiple(of: elements),
    "\(samples.count) values do not form rows of \(elements)")
  let count = samples.count / elements
  guard count > 1 else { return .nan }
  var total = 0.0
  for k in 0..<elements {
    var sum = 0.0
    for row in 0..<count { sum += Double(samples[row * elements + k]) }
    let mean = sum / Double(count)
    for row in 0..<count {
      let difference = Double(samples[row * elements + k]) - mean
      total += difference * difference
    }
  }
  return total / Double(count - 1) / Double(elements)
}
