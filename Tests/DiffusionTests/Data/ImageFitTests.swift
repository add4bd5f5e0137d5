import Testing

@testable import Diffusion

@Suite struct ImageFitTests {
  private func fit(
    _ bytes: [UInt8], height: Int, width: Int, channels: Int = 1, size: Int,
    _ fit: DataSettings.Fit
  ) throws -> [UInt8] {
    try ImageFit(
      height: height, width: width, channels: channels, size: size, fit: fit, name: "a"
    ).apply(bytes, count: bytes.count / (height * width * channels))
  }

  @Test func paddingIsCentredTheOddRowBelow() throws {
    #expect(
      try fit([1, 2, 3, 4, 5, 6], height: 1, width: 3, size: 4, .pad) == [
        0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ])
    let floats = try ImageFit(height: 1, width: 1, channels: 2, size: 2, fit: .pad, name: "a")
    #expect(floats.apply([0.5, 0.25], count: 1) == [0.5, 0.25, -1, -1, -1, -1, -1, -1])
  }

  @Test func smallerIsTheAverageOfTheArea() throws {
    let bytes: [UInt8] = [
      0, 10, 20, 30,
      2, 12, 22, 32,
      100, 101, 200, 201,
      102, 103, 202, 204,
    ]
    // The last: (200 + 201 + 202 + 204)/4 = 201.75.
    #expect(try fit(bytes, height: 4, width: 4, size: 2, .resize) == [6, 26, 102, 202])
    // Three to two: each takes one and a half; (2·30 + 60)/3 and (60 + 2·90)/3.
    #expect(
      try fit([30, 60, 90, 30, 60, 90], height: 2, width: 3, size: 2, .resize) == [40, 80, 40, 80])
  }

  @Test func largerIsBilinear() throws {
    // Centres at −¼, ¼, ¾, 1¼ of the two pixels, edges repeated.
    #expect(
      try fit([0, 100, 0, 100], height: 2, width: 2, size: 4, .resize)
        == (0..<4).flatMap { _ in [0, 25, 75, 100] as [UInt8] })
    #expect(
      try fit([7, 9], height: 1, width: 1, channels: 2, size: 2, .resize) == [
        7, 9, 7, 9, 7, 9, 7, 9,
      ])
  }

  @Test func weightsSumToOneAndStayInside() {
    for from in 1...40 {
      for to in 1...40 {
        for tap in ImageFit.taps(from: from, to: to) {
          // Up to 40 weights, each rounded to a float.
          #expect(abs(tap.weights.reduce(0, +) - 1) < 40 * Float.ulpOfOne)
          #expect(tap.first >= 0 && tap.first + tap.weights.count <= from)
          #expect(tap.weights.allSatisfy { $0 >= 0 })
        }
      }
    }
  }
}
