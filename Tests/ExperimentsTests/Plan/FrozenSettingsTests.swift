import Diffusion
import Images
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Values

@Suite struct FrozenSettingsTests {
  /// Settings that differ from every default, of every kind.
  static let all: [RunSettings] = {
    let training = TrainingSettings(
      steps: 12, batch: 3, seed: 5, precision: .fp16, lanes: 2, ema: 0.9, clip: 0.5,
      optimizer: .init(learningRate: 3e-7, beta1: 0.1, beta2: 0.2, epsilon: 1e-12),
      learningRateSchedule: .cosine, warmup: 4, logEvery: 2, checkpointEvery: 3, keepState: true,
      from: "last \"quoted\" \\ ü 🙂\n")
    let sampling = SamplingSettings(
      sampler: .ddim, steps: 7, spacing: .leading, eta: 0.25, clip: false, guidance: 2.5, count: 9,
      seed: UInt64(Int64.max), every: 6)
    let sources: [DataSettings.Source] = [
      .fashionMNIST, .idx(images: "a", labels: "b"), .idx(images: "a", labels: nil),
      .cifar10(path: "p"), .images(path: "q"), .npy(path: "r"), .shapes,
      .npy(path: "r", labels: "s"), .npz(path: "t"), .npz(path: "t", images: "u", labels: "v"),
      .csv(path: "w"), .csv(path: "w", label: "last"), .cifar100(path: "p", classes: .coarse),
    ]
    var all = sources.map { source in
      RunSettings(
        data: DataSettings(
          source: source, split: .test, limit: 10, size: 16, fit: .resize, flip: true, shift: 2,
          brightness: 0.25),
        model: ModelSettings(
          levels: 3, baseChannels: 16, timeEmbedding: .sinusoidal, timeEmbeddingDim: 32,
          dropout: 0.2),
        conditioning: ConditioningSettings(
          kind: .class, inject: .time, dropout: 0.3, augmentation: true),
        diffusion: DiffusionSettings(
          steps: 77, schedule: .cosine(offset: 0.02), variance: .fixedLarge),
        training: training, sampling: sampling,
        evaluation: EvaluationSettings(
          every: 2, images: 3, metrics: [.loss, .sampleVariance, .bitsPerDim, .logLikelihood],
          likelihood: LikelihoodSettings(images: 7, timesteps: 8, steps: 9, probes: 10)))
    }
    // What an array means, and how images of files are brought to size.
    var array = DataSettings(source: .npz(path: "t"), fit: .crop)
    array.layout = .nhwc
    array.range = DataSettings.ValueRange(-0.5, 4095)
    array.transpose = true
    array.filter = .lanczos
    var pictures = DataSettings(source: .images(path: "q"))
    pictures.background = .colour(red: 1, green: 0xab, blue: 255)
    for data in [array, pictures] {
      all.append(RunSettings(data: data, training: TrainingSettings(steps: 1)))
    }
    all.append(
      RunSettings(
        data: DataSettings(
          source: .idx(images: "a", labels: "b"), test: "c", testLabels: "d", channels: 3,
          relabel: true, classNames: ["cat", "dog"]), training: TrainingSettings(steps: 1)))
    all.append(
      RunSettings(
        data: DataSettings(
          source: .images(path: "p"), test: "q", channels: 1, ignore: ["*.gif", "more"],
          recursive: true, classNames: ["0", "a, b"]), training: TrainingSettings(steps: 1)))
    all.append(
      RunSettings(
        data: DataSettings(source: .gaussian(variance: 0.25, mean: -1), size: 3),
        model: ModelSettings(architecture: .exactGaussian),
        diffusion: DiffusionSettings(schedule: .linear(betaStart: 1e-5, betaEnd: nil)),
        training: TrainingSettings(steps: 0)))
    var residual = ResidualUNetSettings(
      blockOutChannels: [8, 24], layersPerBlock: 3, attentionLevels: [0])
    residual.upBlockTypes = [.attention, .plain]
    residual.addAttention = false
    residual.attentionHeadDim = nil
    residual.normNumGroups = 4
    residual.normEps = 1e-6
    residual.dropout = 0.25
    residual.timeScaleShift = .scaleShift
    residual.downsamplePadding = 0
    residual.flipSinToCos = false
    residual.freqShift = 1
    residual.midBlockScaleFactor = 1.5
    residual.centerInputSample = true
    all.append(
      RunSettings(
        data: DataSettings(source: .shapes),
        model: ModelSettings(architecture: .unet, residual: residual),
        conditioning: ConditioningSettings(kind: .class, inject: .time),
        training: TrainingSettings(steps: 1)))
    let vectors: [DataSettings.Source] = [
      .mixture(), .mixture(means: [[-1, 0.5], [1, 2]], deviation: 0.3, weights: [1, 2.5]),
      .points(shape: .swissRoll), .points(path: "p", label: "kind"),
    ]
    for source in vectors {
      all.append(
        RunSettings(data: DataSettings(source: source), training: TrainingSettings(steps: 1)))
    }
    for mlp in [
      MLPSettings(width: 9, layers: 2),
      MLPSettings(
        inputEmbedding: .sinusoidal, inputEmbeddingDim: 6, inputEmbeddingScale: 12.5),
    ] {
      all.append(
        RunSettings(
          data: DataSettings(source: .points(shape: .rings)),
          model: ModelSettings(
            architecture: .mlp, timeEmbedding: .sinusoidal, timeEmbeddingDim: 12, mlp: mlp,
            dropout: 0.1),
          conditioning: ConditioningSettings(kind: .class, inject: .time),
          training: TrainingSettings(steps: 1)))
    }
    for (loss, weighting, timesteps) in [
      (TrainingSettings.Loss.huber(delta: 0.5), TrainingSettings.Weighting.snr, nil),
      (.vlb, .minSNR(gamma: 3), TrainingSettings.Timesteps.stratified),
      (.hybrid(weight: 0.01), .softMinSNR(gamma: 2), .logNormal(mean: 0.1, deviation: 0.7)),
      (.mse, .p2(gamma: 0.5, k: 2), .logitNormal(mean: -0.2, deviation: 1.5)),
      (.mse, .truncatedSNR, .lossAware), (.mse, .edm, nil),
    ] {
      all.append(
        RunSettings(
          data: DataSettings(source: .shapes),
          diffusion: DiffusionSettings(variance: .learned),
          training: TrainingSettings(
            steps: 3, optimizer: .init(kind: .lion, beta2: 0.98, weightDecay: 0.3), loss: loss,
            weighting: weighting, timesteps: timesteps, accumulate: 4, emaHalfLife: 1000,
            emaRampUp: 0.1, emaWidths: [0.05, 0.1], emaEvery: 7)))
    }
    all.append(
      RunSettings(
        data: DataSettings(source: .shapes),
        training: TrainingSettings(
          steps: 4, distillation: .init(teacherSteps: 16, studentSteps: 4, guidance: 1.5))))
    for model in [
      ModelSettings(timeScaleShift: .scaleShift),
      ModelSettings(architecture: .unet, residual: ResidualUNetSettings()),
      ModelSettings(
        architecture: .mlp, timeEmbedding: .sinusoidal, timeEmbeddingDim: 64, mlp: MLPSettings()),
    ] {
      all.append(
        RunSettings(
          data: DataSettings(source: .shapes), model: model,
          conditioning: ConditioningSettings(selfConditioning: true),
          training: TrainingSettings(steps: 1)))
    }
    all.append(
      RunSettings(
        data: DataSettings(source: .points(path: "p"), conditions: ["a", "b c"]),
        model: ModelSettings(
          architecture: .mlp, timeEmbedding: .sinusoidal, timeEmbeddingDim: 64, mlp: MLPSettings()),
        conditioning: ConditioningSettings(kind: .vector, dropout: 0.4),
        training: TrainingSettings(steps: 1)))
    for (task, factor) in [(Degradation.Task.superResolution, 2), (.colouring, 4)] {
      all.append(
        RunSettings(
          data: DataSettings(source: .shapes),
          conditioning: ConditioningSettings(
            kind: .image, dropout: 0.1, selfConditioning: true, task: task, factor: factor),
          training: TrainingSettings(steps: 1),
          evaluation: EvaluationSettings(metrics: [.psnr])))
    }
    var points = DataSettings(source: .points(path: "p", label: "last"), relabel: true)
    points.range = DataSettings.ValueRange(0, 5)
    all.append(RunSettings(data: points, training: TrainingSettings(steps: 1)))
    all.append(
      RunSettings(
        data: points,
        training: TrainingSettings(steps: 1, precision: .fp8, weights: .bf16Stochastic),
        evaluation: EvaluationSettings(roundingEvery: 100)))
    all.append(
      RunSettings(
        data: DataSettings(source: .shapes), training: TrainingSettings(steps: 1),
        evaluation: EvaluationSettings(
          metrics: [.fid], inception: "w.safetensors", inceptionInput: .torchFidelity)))
    return all
  }()

  @Test(arguments: all)
  func roundTrip(settings: RunSettings) throws {
    let text = FrozenSettings.encode(settings)
    #expect(try FrozenSettings.decode(text) == settings)
    #expect(try FrozenSettings.encode(FrozenSettings.decode(text)) == text)
  }

  @Test(arguments: DefinitionTests.experiments)
  func everyPlannedRunDecodesToItsSettings(path: String) throws {
    for run in try Plan(ExperimentFile.load(path: path), fingerprint: { _ in "" }).runs {
      #expect(try FrozenSettings.decode(run.settingsJSON) == run.settings)
      #expect(FrozenSettings.encode(run.settings) == run.settingsJSON)
      #expect(try FrozenSettings.values(of: run.settingsJSON) == run.parameters)
    }
  }

  @Test func theTextIsNestedSortedAndWhole() throws {
    let text = FrozenSettings.encode(
      RunSettings(data: DataSettings(source: .shapes), training: TrainingSettings(steps: 5)))
    #expect(
      text
        == #"{"conditioning":{"augmentation":false,"kind":"none","self":false},"#
        + #""data":{"brightness":0,"conditions":null,"fit":"pad","flip":false,"limit":null,"shift":0,"#
        + #""size":null,"source":"shapes","split":"train"},"diffusion":{"prediction":"epsilon","#
        + #""process":"vp","rescale_zero_snr":false,"schedule":{"beta_end":null,"beta_start":null,"kind":"linear"},"steps":1000,"#
        + #""variance":"fixed-small"},"evaluation":{"every":null,"images":1000,"#
        + #""inception":null,"inception_input":"pytorch-fid","#
        + #""likelihood":{"images":256,"probes":2,"steps":50,"timesteps":50},"#
        + #""metrics":["loss"],"rounding":{"every":null}},"model":{"architecture":"small-unet","base_channels":64,"dropout":0,"#
        + #""levels":2,"resnet_time_scale_shift":"default","time_embedding":{"dim":128,"kind":"linear"}},"sampling":{"classifier_guidance":0,"clip":null,"#
        + #""count":64,"ema":null,"eta":0,"every":null,"guidance":1,"guidance_max":null,"guidance_min":0,"guidance_momentum":0,"guidance_norm":null,"guidance_parallel":1,"guidance_rescale":0,"guide":null,"guide_step":null,"sampler":"ddpm","seed":0,"#
        + #""sigma_max":null,"sigma_min":null,"spacing":"linspace","steps":50,"threshold":null},"training":{"accumulate":1,"batch":64,"checkpoint_every":500,"#
        + #""clip":null,"distill":{"guidance":1,"student_steps":1,"teacher_steps":null},"#
        + #""ema":null,"ema_every":100,"ema_halflife":null,"ema_rampup":0.05,"ema_widths":null,"from":null,"#
        + #""keep_state":false,"lanes":null,"log_every":10,"loss":"mse","loss_scale":"dynamic","#
        + #""lr_schedule":{"kind":"constant","warmup":0},"optimizer":{"betas":[0.9,0.999],"#
        + #""eps":1e-8,"kind":"adam","lr":0.0001},"precision":"fp32","seed":0,"steps":5,"#
        + #""timesteps":"uniform","weight_precision":"fp32","weighting":"none"}}"#)
  }

  /// The text that is written straight from dotted paths is that of the tree that they stand for.
  @Test(arguments: all) func theTextIsThatOfATree(settings: RunSettings) {
    func tree(_ values: [(path: [String], value: ParameterValue)]) -> JSONValue {
      .object(
        Dictionary(grouping: values) { $0.path[0] }.mapValues { members in
          members[0].path.count == 1
            ? members[0].value.json
            : tree(members.map { (Array($0.path.dropFirst()), $0.value) })
        })
    }
    let values = SettingsCoding.values(of: settings)
    let paths = values.map { (path: $0.split(separator: ".").map(String.init), value: $1) }
    #expect(NestedSettings.text(values) == tree(paths).canonical)
    #expect(NestedSettings.text([:]) == "{}")
  }

  /// As they were frozen before a mixture had parameters.
  @Test func anOldMixtureIsTheRing() throws {
    let text = FrozenSettings.encode(
      RunSettings(data: DataSettings(source: .mixture()), training: TrainingSettings(steps: 1)))
    let old = text.replacing(#""deviation":0.05,"#, with: "").replacing(#""means":null,"#, with: "")
      .replacing(#","weights":null"#, with: "")
    #expect(old.contains(#""data":{"limit":null,"source":"mixture","split":"train"}"#))
    #expect(try FrozenSettings.decode(old).data.source == .mixture())
  }

  @Test(arguments: [
    "", "{", "[]", "3", "{}", #"{"data":3}"#, #"{"data":{"source":"shapes","colour":1}}"#,
    #"{"training":{"steps":"5"}}"#, #"{"training":{"steps":null}}"#,
    #"{"evaluation":{"metrics":["loss",1]}}"#, #"{"name":"x"}"#,
  ])
  func otherTextIsRefused(text: String) {
    #expect(throws: ExperimentFileError.self) { try FrozenSettings.decode(text) }
  }
}

@Suite struct JSONValueTests {
  /// ECMAScript's Number::toString, from its specification's rules.
  @Test(
    arguments: [
      (0.0, "0"), (-0.0, "0"), (1, "1"), (-2.5, "-2.5"), (0.002, "0.002"), (1e-6, "0.000001"),
      (1e-7, "1e-7"), (1.5e-7, "1.5e-7"), (123456789.125, "123456789.125"),
      (1e20, "100000000000000000000"),
      (1e21, "1e+21"), (1.25e21, "1.25e+21"), (0.1, "0.1"), (1.0 / 3, "0.3333333333333333"),
      (5e-324, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"), (100, "100"),
      (9007199254740993, "9007199254740992"),
    ] as [(Double, String)])
  func numbers(value: Double, text: String) {
    #expect(value.canonical == text)
    #expect(Double(text) == value)
  }

  @Test func keysAreSortedAndTextEscaped() {
    let value = JSONValue.object([
      "b": .array([.null, .boolean(true), .integer(-1)]), "a\"\n": .string("\\\u{1}ü\t"),
      "B": .number(.infinity),
    ])
    #expect(value.canonical == #"{"B":"Infinity","a\"\n":"\\\u0001ü\t","b":[null,true,-1]}"#)
    #expect(
      JSONValue(text: #"{"a":[1,2.5,"x",null,false]}"#)
        == .object([
          "a": .array([.integer(1), .number(2.5), .string("x"), .null, .boolean(false)])
        ]))
  }
}
