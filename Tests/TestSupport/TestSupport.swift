/// ‖a−b‖/‖b‖, summed in double.
package func relativeError(_ a: [Float], _ b: [Float]) -> Double {
  precondition(a.count == b.count, "\(a.count) values against \(b.count)")
  var difference = 0.0
  var norm = 0.0
  for (x, y) in zip(a, b) {
    difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
    norm += Double(y) * Double(y)
  }
  return norm == 0 ? difference.squareRoot() : (difference / norm).squareRoot()
}
