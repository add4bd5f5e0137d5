import Foundation

/// A noise schedule of one's own: T numbers, each a β in (0, 1), from data to noise.
///
/// Text with numbers apart by commas, blanks or lines, where `#` begins a comment, or a NumPy array of one axis.
enum BetaFile {
  /// - Throws: `DiffusionError`: `notFound`, `inputOutput`, `badInput` with the place of the number.
  static func read(_ path: String) throws(DiffusionError) -> [Double] {
    let betas = path.hasSuffix(".npy") ? try array(path) : try text(path)
    guard !betas.isEmpty else {
      throw DiffusionError(
        .badInput, "\(path): holds no number, expected a β for each step, from data to noise")
    }
    return betas
  }

  private static func array(_ path: String) throws(DiffusionError) -> [Double] {
    let array = try NPY.array(path)
    guard array.shape.count == 1 else {
      throw DiffusionError(
        .badInput, "\(path): its shape is \(array.shape), expected (T): a β for each step")
    }
    var betas = [Double](repeating: 0, count: array.count)
    array.visit { betas[$0] = $1 }
    if let t = betas.firstIndex(where: { !isBeta($0) }) {
      throw refuse(plain(betas[t]), at: "index \(t)", path)
    }
    return betas
  }

  private static func text(_ path: String) throws(DiffusionError) -> [Double] {
    var content = String(decoding: try DataFile(path).readToEnd(), as: UTF8.self)
    // A mark of the byte order, as some editors write it.
    if content.unicodeScalars.first == "\u{FEFF}" { content.unicodeScalars.removeFirst() }
    var betas: [Double] = []
    for (index, line) in content.split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    )
    .enumerated() {
      let words = line.prefix { $0 != "#" }.split { $0 == "," || $0.isWhitespace }
      for word in words {
        guard let beta = Double(word), isBeta(beta) else {
          throw refuse(String(word.prefix(40)), at: "line \(index + 1)", path)
        }
        betas.append(beta)
      }
    }
    return betas
  }

  private static func isBeta(_ value: Double) -> Bool { value > 0 && value < 1 }

  private static func refuse(
    _ value: String, at place: String, _ path: String
  ) -> DiffusionError {
    DiffusionError(
      .badInput, "\(path): \(place) says \(value), expected a β, a number between 0 and 1")
  }
}

extension DiffusionSettings {
  /// The same with a schedule's file read: what a network keeps, that it may do without the file.
  ///
  /// - Throws: `DiffusionError` where the file is missing, or does not hold `steps` numbers between 0 and 1.
  public func read() throws -> DiffusionSettings {
    guard case .vp = process, case .file = schedule else { return self }
    var read = self
    read.schedule = .betas(try NoiseSchedule.betas(schedule, steps: steps))
    return read
  }

  /// Hash of the numbers of a schedule that is given as such; nil of a formula.
  package var scheduleHash: String? {
    guard case .vp = process, case .betas(let betas) = schedule else { return nil }
    var hash = SHA256()
    betas.withUnsafeBytes { hash.update($0) }
    return hash.hexadecimal()
  }
}
