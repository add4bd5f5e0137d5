import Diffusion
import Images
import Kernels

// What to train, on what, and how: each section of an experiment file is a value with the same defaults.
let settings = RunSettings(
  data: DataSettings(source: .shapes, size: 16),
  model: ModelSettings(levels: 2, baseChannels: 32, timeEmbedding: .sinusoidal),
  conditioning: ConditioningSettings(kind: .class, inject: .time),
  training: TrainingSettings(steps: 300, batch: 32, ema: 0.99, logEvery: 50),
  sampling: SamplingSettings(sampler: .ddim, steps: 20, count: 16))

// A session trains, samples and measures, and tells what happens.
let session = try RunSession(settings)
var drawn: [Float] = []
_ = try session.run(shouldStop: { false }) { event in
  switch event {
  case .logged(let step, let values):
    print("step \(step):", values.map { "\($0.name) \($0.value)" }.joined(separator: ", "))
  case .sampled(_, _, let images):
    drawn = images.values
  case .averaged, .checkpoint:
    break
  }
}

// The network as a file, and images drawn from that file alone.
guard let trained = session.networkFile() else { fatalError("these settings train a network") }
let network = try NetworkFile(bytes: trained.bytes(), name: "trained")
let (height, width) = (network.description.height, network.description.width)
let pool = WorkerPool(count: WorkerPool.processors)
let generator = Generator(
  predictor: Predictor(
    network: network.network, values: network.values, height: height, width: width, pool: pool),
  process: try NoiseProcess(network.description.diffusion))
let again = try generator.images(settings.sampling, indices: 0..<16, clip: true).values
pool.end()
guard again == drawn else { fatalError("other images than the session's") }

let size = height * width * network.description.channels
let pictures = (0..<16).map {
  Image(
    values: again[($0 * size)..<(($0 + 1) * size)], height: height, width: width,
    channels: network.description.channels)
}
try Image.grid(pictures, columns: 4).write(to: "shapes.png")
print("shapes.png: sixteen images, the same from the session and from the file")
