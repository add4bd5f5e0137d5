import Diffusion
import Kernels
import Testing

@Suite struct EpochOrderTests {
  @Test(arguments: [1, 2, 7, 100]) func eachEpochHoldsEachImageOnce(count: Int) {
    var order = EpochOrder(count: count, seed: 4)
    for epoch in 0..<3 {
      let images = (0..<count).map { order.index(at: epoch * count + $0) }
      #expect(images.sorted() == Array(0..<count))
      #expect(
        images
          == CounterRandom(seed: 4).permutation(count: count, step: epoch, purpose: .shuffle))
    }
  }

  @Test func batchesWrapAcrossEpochs() {
    var order = EpochOrder(count: 10, seed: 1)
    let all = (0..<8).flatMap { order.batch(step: $0, size: 15) }
    for epoch in 0..<12 {
      #expect(all[epoch * 10..<(epoch + 1) * 10].sorted() == Array(0..<10))
    }
    #expect(Array(all[..<10]) != Array(all[10..<20]))
  }

  @Test func anyStepCanBeTheFirst() {
    var whole = EpochOrder(count: 100, seed: 2)
    let batches = (0..<20).map { whole.batch(step: $0, size: 64) }
    for step in [0, 1, 7, 19] {
      var resumed = EpochOrder(count: 100, seed: 2)
      #expect(resumed.batch(step: step, size: 64) == batches[step])
    }
    var other = EpochOrder(count: 100, seed: 3)
    #expect(other.batch(step: 0, size: 64) != batches[0])
  }

  @Test func halfAreMirrored() {
    let order = EpochOrder(count: 10, seed: 5)
    var mirrored = 0
    for step in 0..<100 {
      for i in 0..<64 where order.isMirrored(i, step: step) { mirrored += 1 }
    }
    // Four standard deviations of 6400 throws of a coin: 4·40.
    #expect(abs(mirrored - 3200) < 160)
    #expect(order.isMirrored(3, step: 9) == EpochOrder(count: 99, seed: 5).isMirrored(3, step: 9))
  }
}
