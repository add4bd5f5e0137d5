import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct ClassifierTests {
  /// Grey images with a bright square: its quarter is the class, its brightness varies.
  private func quarters(_ count: Int, side: Int = 12, seed: UInt64 = 3) throws -> DataSet {
    var values: [Float] = []
    for image in 0..<count {
      let noise = CounterRandom(seed: seed).normals(
        count: side * side, image: image, step: 0, purpose: .data)
      let half = side / 2
      for y in 0..<side {
        for x in 0..<side {
          let isInside = (y / half) * 2 + x / half == image % 4
          values.append((isInside ? 0.5 : -0.5) + 0.2 * noise[y * side + x])
        }
      }
    }
    return try DataSet(
      name: "quarters", values: values, height: side, width: side, channels: 1,
      labels: (0..<count).map { Int32($0 % 4) }, classes: 4)
  }

  private func network(_ data: DataSet) -> ClassifierNetwork {
    ClassifierNetwork(
      image: Shape(count: 1, height: data.height, width: data.width, channels: data.channels),
      classes: data.classes)
  }

  @Test func shapes() {
    // 28 is padded to 32 and halved to 16, 8 and 4.
    let network = ClassifierNetwork(
      image: Shape(count: 1, height: 28, width: 20, channels: 3), classes: 10)
    #expect(network.input.padded == Shape(count: 1, height: 32, width: 24, channels: 3))
    var place = [Float](repeating: 9, count: network.input.padded.stride)
    place.withUnsafeMutableBufferPointer { place in
      [Float](repeating: 1, count: 28 * 20 * 3).withUnsafeBufferPointer {
        network.input.put($0, into: place)
      }
    }
    let sum = place.reduce(0, +)
    #expect(sum == Float(28 * 20 * 3))
    // The end of a row and what is behind it; the last row and the one below.
    let ends = [59, 60, 27 * 72, 28 * 72].map { (i: Int) -> Float in place[i] }
    let expected: [Float] = [1, 0, 1, 0]
    #expect(ends == expected)
    let small = ClassifierNetwork(
      image: Shape(count: 1, height: 3, width: 4, channels: 1), classes: 2)
    #expect(small.input.padded == small.input.image)
  }

  @Test func itLearnsAndIsTheSameForAnyNumberOfWorkers() throws {
    let data = try quarters(500)
    let others = try quarters(200, seed: 4)
    let results = [1, 2].map { workers -> (weights: [Float], sight: ImageClassifier.Sight) in
      let pool = WorkerPool(count: workers)
      defer { pool.end() }
      let network = network(data)
      let weights = ClassifierTraining(network, data: data, kernels: .best, pool: pool)
        .run(steps: 40)
      let classifier = ImageClassifier(network, values: weights, kernels: .best, pool: pool)
      return (weights, classifier(others.values(0..<200)))
    }
    #expect(results[0].weights == results[1].weights)
    #expect(results[0].sight.features == results[1].sight.features)
    let right = (0..<200).count { results[0].sight.classes[$0] == others.label($0) }
    #expect(right >= 195)
    #expect(results[0].sight.features.dimension == 64 && results[0].sight.features.count == 200)
  }

  @Test func whatItSeesDependsOnTheImageAlone() throws {
    let data = try quarters(70)
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let network = network(data)
    let classifier = ImageClassifier(
      network, values: network.layout.initialValues(seed: 5), kernels: .best, pool: pool)
    let all = classifier(data.values(0..<70))
    let alone = classifier(data.values(41..<42))
    #expect(alone.features[0] == all.features[41])
    // Images of a data set are the same numbers as those in memory.
    let chosen = EvaluationImages(data, count: 70)
    #expect(classifier(chosen).features[3] == all.features[chosen.indices[3]])
    var broken = data.values(0..<2)
    broken[5] = .nan
    let sight = classifier(broken)
    #expect(sight.classes[0] == nil && sight.classes[1] == all.classes[1])
    #expect(!sight.features.isFinite)
  }

  @Test func theCacheGivesBackWhatWasKept() throws {
    try withTemporaryFolder { folder in
      let cache = MeasureCache(folder: folder + "/new")
      let data = try quarters(40)
      let key = MeasureCache.key(data, kernels: .best)
      let values: [Float] = [1, -0.0, .pi, .leastNonzeroMagnitude]
      #expect(cache.read(key, count: 4) == nil)
      cache.write(values, key)
      #expect(cache.read(key, count: 4)?.map(\.bitPattern) == values.map(\.bitPattern))
      #expect(cache.read(key, count: 3) == nil && cache.read(key, count: 5) == nil)
      let others = try MeasureCache.key(quarters(41), kernels: .best)
      #expect(others != key && cache.read(others, count: 4) == nil)
      #expect(MeasureCache.key(data, kernels: KernelSet.best.withoutWinograd) != key)
      // One bit of the weights, then half of the file.
      let path = "\(folder)/new/\(key.prefix(32)).classifier"
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      var damaged = whole
      damaged[damaged.count - 1] ^= 1
      try damaged.write(to: URL(fileURLWithPath: path))
      #expect(cache.read(key, count: 4) == nil)
      try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
      #expect(cache.read(key, count: 4) == nil)
    }
  }

  /// By when they were read or written last; one kind leaves the other alone, and the newest stays.
  @Test func theCacheLosesWhatWasUsedLongestAgo() throws {
    try withTemporaryFolder { folder in
      var cache = MeasureCache(folder: folder)
      let keys = ["a", "b", "c", "d"].map { String(repeating: $0, count: 64) }
      func used(_ key: String, _ ending: String, secondsAgo: Double) throws {
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSinceNow: -secondsAgo)],
          ofItemAtPath: "\(folder)/\(key.prefix(32)).\(ending)")
      }
      for (key, age) in zip(keys, [300.0, 200, 100]) {
        cache.write([1, 2], key)
        try used(key, "classifier", secondsAgo: age)
      }
      let features = MeasureCache(folder: folder, kind: .features)
      features.write([1, 2], keys[0])
      try used(keys[0], "features", secondsAgo: 900)
      // Read now, so that another is the oldest.
      #expect(cache.read(keys[0], count: 2) == [1, 2])
      // Each has a line, two hashes and two numbers.
      let size = "workbench classifier\n".utf8.count + 128 + 8
      cache.mostBytes = 3 * size
      cache.write([3, 4], keys[3])
      #expect(keys.map { cache.read($0, count: 2) != nil } == [true, false, true, true])
      #expect(features.read(keys[0], count: 2) == [1, 2])
      // More than may be kept at all.
      cache.mostBytes = 7
      cache.write([5, 6], keys[1])
      #expect(cache.read(keys[1], count: 2) == nil && cache.read(keys[3], count: 2) == [3, 4])
    }
  }

  // MARK: Measures of runs

  private let metrics: [EvaluationSettings.Metric] = [
    .classifierFrechet, .classifierKernel, .precision, .recall, .density, .coverage, .vendi,
    .classifierAccuracy, .memorisation,
  ]

  /// Weights that nobody trained, so that the test is quick.
  private func cache(_ data: DataSet, in folder: String) -> MeasureCache {
    let cache = MeasureCache(folder: folder)
    cache.write(
      network(data).layout.initialValues(seed: 5), MeasureCache.key(data, kernels: .best))
    return cache
  }

  @Test func whatRunsLog() throws {
    try withTemporaryFolder { folder in
      let (training, heldOut) = (try quarters(1100), try quarters(1300, seed: 4))
      let pool = WorkerPool(count: 2)
      defer { pool.end() }
      let measures = try FeatureMeasures(
        training: training, heldOut: heldOut, samples: 512, metrics: metrics, kernels: .best,
        pool: pool, cache: cache(training, in: folder))
      let images = EvaluationImages(heldOut, count: 10_000).prefix(512)
      let labels = try #require(images.labels)
      let found = measures(images.values(0..<512), labels: labels)
      let values = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.value) })
      let expected = metrics.flatMap {
        [$0.name] + [$0.referenceName].compactMap { $0 } + $0.furtherNames
      }
      #expect(Set(values.keys) == Set(expected))
      let halves = RealHalves(of: training, samples: 512)
      #expect(halves.count == 512 && halves.choice.count == 1100)
      #expect(Set(halves.choice.indices).count == 1100)
      let weights = network(training).layout.initialValues(seed: 5)
      let classifier = ImageClassifier(
        network(training), values: weights, kernels: .best, pool: pool)
      let (first, second) = halves.split(classifier(halves.choice).features)
      let reference = try #require(FrechetReference(first.fit))
      #expect(values["eval/classifier_frechet_floor"] == reference.distance(to: second.fit))
      // By the line's two normal equations.
      var (n, x, y, xx, xy) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for (blocks, size) in [(1, 512), (2, 256), (3, 170), (4, 128)] {
        var distance = 0.0
        for block in 0..<blocks {
          let range = block * size..<(block + 1) * size
          distance += first.rows(range).fit.frechetDistance(to: second.rows(range).fit)
        }
        let (inverse, mean) = (1 / Double(size), distance / Double(blocks))
        (n, x, y) = (n + 1, x + inverse, y + mean)
        (xx, xy) = (xx + inverse * inverse, xy + inverse * mean)
      }
      let infinity = try #require(values["eval/classifier_frechet_infinity_floor"])
      let expectedInfinity = (xx * y - x * xy) / (n * xx - x * x)
      #expect(abs(infinity - expectedInfinity) < 1e-9 * y)
      #expect(
        values["eval/classifier_kernel_floor"] == KernelDistance(to: first)(second).value)
      #expect(values["eval/vendi_real"] == vendiScore(second).value)
      let manifold = ManifoldMeasures(real: first, samples: second)
      #expect(values["eval/precision_real"] == manifold.precision)
      #expect(values["eval/recall_real"] == manifold.recall)
      #expect(values["eval/density_real"] == manifold.density)
      #expect(values["eval/coverage_real"] == manifold.coverage)
      for measure in metrics {
        let value = try #require(values[measure.name])
        let (low, high) = (values[measure.name + "_low"], values[measure.name + "_high"])
        #expect(try #require(low) < value && value < #require(high))
      }
      // Training images are copies of training images; nothing is further away than noise.
      let copies = measures(training.values(0..<512), labels: [])
      let share = copies.first { $0.name == "eval/memorisation" }?.value
      #expect(share == 1)
      #expect(!copies.contains { $0.name.hasPrefix("eval/classifier_accuracy") })
      var broken = images.values(0..<512)
      broken[7] = .nan
      for value in measures(broken, labels: labels)
      where metrics.contains(where: { $0.name == value.name }) {
        #expect(value.value.isNaN, "\(value.name)")
      }
      // With fewer than 512 there is nothing to extrapolate from.
      let few = try FeatureMeasures(
        training: training, heldOut: heldOut, samples: 100, metrics: [.classifierFrechet],
        kernels: .best, pool: pool, cache: cache(training, in: folder))
      #expect(
        few(images.values(0..<100), labels: []).map(\.name) == [
          "eval/classifier_frechet", "eval/classifier_frechet_low",
          "eval/classifier_frechet_high", "eval/classifier_frechet_floor",
        ])
    }
  }

  /// All that the data have, where that is less than twice the samples; of more data than are measured against more are
  /// chosen.
  @Test func halvesOfRealImages() throws {
    let data = try quarters(701, side: 2)
    let halves = RealHalves(of: data, samples: 512)
    #expect(halves.count == 350 && halves.choice.count == 701)
    let rows = FeatureRows((0..<701).map(Double.init), dimension: 1)
    let (first, second) = halves.split(rows)
    #expect(first.values == (0..<350).map(Double.init))
    #expect(second.values == (350..<700).map(Double.init))
    #expect(RealHalves(of: data, samples: 100).count == 100)
    let many = try quarters(12_000, side: 2)
    #expect(RealHalves(of: many, samples: 5000).choice.count == 10_000)
    #expect(RealHalves(of: many, samples: 5500).choice.count == 11_000)
    #expect(RealHalves(of: many, samples: 7000).count == 6000)
  }

  @Test func refusals() throws {
    let data = try quarters(120)
    func message(
      _ metric: EvaluationSettings.Metric, _ training: DataSet, samples: Int = 100
    ) -> String? {
      do throws(DiffusionError) {
        try FeatureMeasures.check(
          [.loss, metric], training: training, heldOut: training, samples: samples)
        return nil
      } catch {
        return error.kind == .badInput ? error.description : nil
      }
    }
    #expect(message(.recall, data) == nil && message(.memorisation, data) == nil)
    let vectors = try SyntheticImages.correlated(120, elements: 3, seed: 1, classes: 2)
    #expect(
      message(.recall, vectors)?.contains("recall in evaluation.metrics is of images") == true)
    #expect(message(.memorisation, vectors) == nil)
    let unlabelled = try DataSet(
      name: "plain", values: data.values(0..<120), height: 12, width: 12, channels: 1)
    #expect(message(.vendi, unlabelled)?.contains("plain has none") == true)
    #expect(message(.memorisation, unlabelled) == nil)
    #expect(message(.coverage, data, samples: 99)?.contains("evaluation.images is 99") == true)
    #expect(
      message(.classifierKernel, try quarters(99))?.contains("raise data.limit") == true)
  }

  @Test func nearestImages() throws {
    let data = try quarters(600)
    var images = data.values(300..<303)
    images[0] += 0.25
    images[2 * 144 + 9] = .nan
    let found = [1, 3].map { workers in
      let pool = WorkerPool(count: workers)
      defer { pool.end() }
      return NearestImages(to: images, among: data, pool: pool)
    }
    #expect(Array(found[0].indices.prefix(2)) == [300, 301])
    // 0.25 as a Float difference of values up to 1.
    #expect(abs(found[0].distances[0] - 0.25) < 1e-6 && found[0].distances[1] == 0)
    #expect(found[0].distances[2].isNaN)
    #expect(Array(found[0].distances.prefix(2)) == Array(found[1].distances.prefix(2)))
    #expect(found[0].indices.prefix(2) == found[1].indices.prefix(2))
  }

  private static let isInstalled = DataFolders().findFashionMNIST() != nil

  /// After a tenth of its training the classifier already sees two images in three right.
  @Test(.enabled(if: isInstalled)) func fashionMNIST() throws {
    let training = try DataSet.load(DataSettings(), split: .train)
    let heldOut = try DataSet.load(DataSettings(), split: .test)
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let network = network(training)
    let weights = ClassifierTraining(network, data: training, kernels: .best, pool: pool)
      .run(steps: 140)
    let classifier = ImageClassifier(network, values: weights, kernels: .best, pool: pool)
    let images = EvaluationImages(heldOut, count: 2000)
    let labels = try #require(images.labels)
    let hits = zip(classifier(images).classes, labels).count { $0 == $1 }
    #expect(hits > 1333)
  }
}
