extension RawData {
  /// Takes numbers that come with each image: arrays (N), a number each, or (N, A), A numbers each, called NAME.1 to NAME.A.
  ///
  /// - Parameters:
  ///   - arrays: with their names, for errors.
  ///   - names: what the numbers are called.
  /// - Throws: `badInput` if there are not as many as images, or one is not finite.
  mutating func tell(
    _ arrays: [(name: String, array: NumberArray)], as names: [String]
  ) throws(DiffusionError) {
    var columns: [[Float]] = []
    for ((name, array), called) in zip(arrays, names) {
      guard (1...2).contains(array.shape.count), array.shape[0] == count,
        array.shape.allSatisfy({ $0 > 0 })
      else {
        throw DiffusionError(
          .badInput,
          "\(array.name): data.conditions names \(name), whose shape is \(array.shape): expected (\(count)) or "
            + "(\(count), A), numbers for each image")
      }
      let values = array.floats()
      guard let odd = values.firstIndex(where: { !$0.isFinite }) else {
        let width = array.shape.count == 1 ? 1 : array.shape[1]
        for column in 0..<width {
          conditionNames.append(array.shape.count == 1 ? called : "\(called).\(column + 1)")
          columns.append(stride(from: column, to: values.count, by: width).map { values[$0] })
        }
        continue
      }
      throw DiffusionError(
        .badInput,
        "\(array.name): data.conditions names \(name), whose number \(odd) is \(values[odd]): expected finite numbers"
      )
    }
    conditions = columns.isEmpty ? [] : (0..<count).flatMap { row in columns.map { $0[row] } }
  }
}
