/// The mean of all values of samples: (1/(N·D))·Σ_i Σ_d x_id.
///
/// - Parameters:
///   - samples: (N, D).
///   - elements: D.
/// - Returns: NaN of no samples.
public func sampleMean(_ samples: [Float], elements: Int) -> Double {
  precondition(
    elements > 0 && samples.count.isMultiple(of: elements),
    "\(samples.count) values do not form rows of \(elements)")
  return samples.reduce(0.0) { $0 + Double($1) } / Double(samples.count)
}

/// The variance of samples about the means of their classes, averaged over the dimensions:
/// 1/((N−K)·D)·Σ_i Σ_d (x_id − x̄_{c(i)d})², K the number of classes that occur.
///
/// Unbiased, so that data N(m_c, v·I) give v whatever the m_c.
///
/// - Parameters:
///   - samples: (N, D).
///   - labels: (N): c(i).
///   - elements: D.
/// - Returns: NaN where there are no more samples than classes.
public func withinClassVariance(_ samples: [Float], labels: [Int], elements: Int) -> Double {
  precondition(
    elements > 0 && samples.count == labels.count * elements,
    "\(samples.count) values do not form \(labels.count) rows of \(elements)")
  var rows: [Int: [Int]] = [:]
  for (row, label) in labels.enumerated() { rows[label, default: []].append(row) }
  guard labels.count > rows.count else { return .nan }
  var total = 0.0
  // In an order that does not depend on the run.
  for (_, members) in rows.sorted(by: { $0.key < $1.key }) {
    for k in 0..<elements {
      var sum = 0.0
      for row in members { sum += Double(samples[row * elements + k]) }
      let mean = sum / Double(members.count)
      for row in members {
        let difference = Double(samples[row * elements + k]) - mean
        total += difference * difference
      }
    }
  }
  return total / Double(labels.count - rows.count) / Double(elements)
}
