import TestSupport
import Testing

@testable import Diffusion

@Suite struct ReferenceStatisticsTests {
  private let elements = 10

  /// With all components kept the distance is one in pixels: a shift by c in each costs c²·D.
  @Test func aShiftIsMeasured() throws {
    let training = try MadeUpImages.correlated(500, elements: elements, seed: 1)
    let reference = try ReferenceStatistics(
      training: training, heldOut: training, samples: 500, metrics: [.frechetPCA64])
    let own = try #require(reference.frechet(samples: training.values(0..<500)))
    // Variances up to about 20 in Double: rounding alone.
    #expect(own < 1e-10)
    #expect(try #require(reference.frechetFloor) < 1e-10)
    let shifted = try MadeUpImages.correlated(500, elements: elements, seed: 1, shift: 0.5)
    let distance = try #require(reference.frechet(samples: shifted.values(0..<500)))
    // Values around 10 as Float are rounded by up to 5e-7.
    #expect(abs(distance - 2.5) < 1e-5)
    #expect(reference.classAgreementReal == nil)
    #expect(reference.classAgreement(samples: [], labels: []) == nil)
  }

  /// The floor is the distance of as many held-out images as there will be samples, and falls as they
  /// get more: that is the bias.
  @Test func theFloor() throws {
    let training = try MadeUpImages.correlated(2000, elements: elements, seed: 1)
    let heldOut = try MadeUpImages.correlated(1500, elements: elements, seed: 2)
    let floors = try [20, 100, 1000].map { count in
      let reference = try ReferenceStatistics(
        training: training, heldOut: heldOut, samples: count, metrics: [.frechetPCA64])
      let floor = try #require(reference.frechetFloor)
      let images = EvaluationImages(heldOut, count: 10_000).prefix(count)
      #expect(images.count == count)
      #expect(reference.frechet(samples: images.values(0..<count)) == floor)
      return floor
    }
    #expect(floors[0] > 2 * floors[1] && floors[1] > 2 * floors[2] && floors[2] > 0)
  }

  @Test func classesOfRealImages() throws {
    let training = try MadeUpImages.vectors(
      [0, 0, 10, 10, 1, 0, 11, 10], elements: 2, labels: [0, 1, 0, 1], classes: 2)
    let heldOut = try MadeUpImages.vectors(
      [0, 1, 9, 9, 8, 8, 12, 9], elements: 2, labels: [0, 1, 0, 1], classes: 2)
    let reference = try ReferenceStatistics(training: training, heldOut: heldOut, samples: 2)
    #expect(reference.classAgreementReal == 0.75)
    #expect(reference.classAgreement(samples: [2, 2, 3, 3], labels: [0, 1]) == 0.5)
    let measures = reference.measures(samples: [2, 2, 3, 3], labels: [0, 1])
    #expect(
      measures.map(\.name) == [
        "eval/class_agreement", "eval/class_agreement_real", "eval/frechet_pca64",
        "eval/frechet_pca64_floor",
      ])
    #expect(measures[0].value == 0.5 && measures[1].value == 0.75)
    #expect(measures[3].value == reference.frechetFloor)
  }

  @Test func theSameBitsEachTime() throws {
    let training = try MadeUpImages.correlated(900, elements: 40, seed: 1, classes: 3)
    let heldOut = try MadeUpImages.correlated(300, elements: 40, seed: 2, classes: 3)
    let samples = heldOut.values(0..<200)
    let labels = (0..<200).map { $0 % 3 }
    let measures = try (0..<2).map { _ in
      try ReferenceStatistics(training: training, heldOut: heldOut, samples: 200)
        .measures(samples: samples, labels: labels).map(\.value)
    }
    #expect(measures[0] == measures[1] && measures[0].allSatisfy { $0.isFinite })
  }

  @Test func brokenSamplesShow() throws {
    let training = try MadeUpImages.correlated(100, elements: 3, seed: 1, classes: 2)
    let reference = try ReferenceStatistics(training: training, heldOut: training, samples: 2)
    let broken: [Float] = [1, 2, .nan, 0, 1, 2]
    #expect(try #require(reference.frechet(samples: broken)).isNaN)
    #expect(try #require(reference.frechet(samples: [1, 2, 3])).isNaN)
    #expect(try #require(reference.classAgreement(samples: broken, labels: [0, 1])) <= 0.5)
  }

  @Test func dataThatDoNotFitAreRefused() throws {
    let labelled = try MadeUpImages.correlated(10, elements: 3, seed: 1, classes: 2)
    let bare = try MadeUpImages.correlated(10, elements: 3, seed: 1)
    let wide = try MadeUpImages.correlated(10, elements: 4, seed: 1)
    #expect(throws: DiffusionError.self) {
      try ReferenceStatistics(training: bare, heldOut: bare, samples: 2)
    }
    #expect(throws: DiffusionError.self) {
      try ReferenceStatistics(training: labelled, heldOut: wide, samples: 2)
    }
    #expect(
      try ReferenceStatistics(
        training: bare, heldOut: bare, samples: 2, metrics: [.loss, .frechetPCA64]
      ).frechetFloor != nil)
  }

  private static let isInstalled = DataFolders().findFashionMNIST() != nil

  /// Real clothes are nearest to their class's mean seven times in ten.
  @Test(.enabled(if: isInstalled)) func fashionMNIST() throws {
    let training = try DataSet.load(DataSettings(size: 32), split: .train)
    let heldOut = try DataSet.load(DataSettings(size: 32), split: .test)
    let c0 = ContinuousClock.now
    let reference = try ReferenceStatistics(training: training, heldOut: heldOut, samples: 1000)
    print("took", ContinuousClock.now - c0)
    let c1 = ContinuousClock.now
    let wide = try DataSet(name: "w", values: (0..<3).flatMap { training.values($0*3000..<$0*3000+3000) }, height: 32, width: 32, channels: 3)
    let c2 = ContinuousClock.now
    _ = try PrincipalComponents(wide); print("3072", ContinuousClock.now - c2)
    _ = try PrincipalComponents(training); print("1024", ContinuousClock.now - c2, c1)
    let real = try #require(reference.classAgreementReal)
    let floor = try #require(reference.frechetFloor)
    // With the means of 10,000 images instead of all 60,000 it is 0.68 ± 0.01.
    #expect(real > 0.66 && real < 0.70)
    // Grey images are far from clothes, clothes the wrong way up not near.
    let values = heldOut.values(0..<1000)
    let labels = (0..<1000).compactMap(heldOut.label)
    let upright = try #require(reference.frechet(samples: values))
    let turned = try #require(
      reference.frechet(
        samples: stride(from: 0, to: values.count, by: 1024).flatMap {
          values[$0..<$0 + 1024].reversed()
        }))
    #expect(upright < 2 * floor && turned > 3 * floor)
    let thousand = try #require(reference.classAgreement(samples: values, labels: labels))
    #expect(abs(thousand - real) < 0.06)
    print("fashion", real, floor, upright, turned)
  }
}
