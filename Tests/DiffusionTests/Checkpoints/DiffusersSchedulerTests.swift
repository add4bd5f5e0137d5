import Foundation
import TestSupport
import Testing

@testable import Diffusion

/// `scheduler_config.json`: what is taken, what is refused, and where it is looked for.
@Suite struct DiffusersSchedulerTests {
  private static func read(
    _ values: [String: Any], className: String? = nil
  ) throws -> DiffusersScheduler {
    try DiffusersScheduler(
      DiffusersOptions(
        json: JSONSerialization.data(withJSONObject: values), name: "s.json"),
      className: className)
  }

  private static func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  /// What a file leaves out is as its class of diffusers 0.42.1 has it.
  @Test func optionsLeftOutAreTheClasses() throws {
    let ddpm = try Self.read(["_class_name": "DDPMScheduler"])
    #expect(
      ddpm.diffusion
        == DiffusionSettings(steps: 1000, schedule: .linear(betaStart: 1e-4, betaEnd: 0.02)))
    var sampling = SamplingSettings(sampler: .ddpm, steps: 50, spacing: .leading, clip: true)
    #expect(ddpm.sampling == sampling)
    sampling.sampler = .ddim
    #expect(try Self.read(["_class_name": "DDIMScheduler"]).sampling == sampling)
    let heun = try Self.read(["_class_name": "HeunDiscreteScheduler"])
    #expect(heun.sampling.clip == false)
    // The one that goes by σ and has the key.
    let clipped = try Self.read([
      "_class_name": "HeunDiscreteScheduler", "clip_sample": true, "clip_sample_range": 2,
    ])
    #expect(clipped.sampling.clip == true && clipped.sampling.clipRange == 2)
    let euler = try Self.read(["_class_name": "EulerDiscreteScheduler", "clip_sample": true])
    #expect(euler.sampling.clip == false)
    #expect(heun.diffusion.schedule == .linear(betaStart: 0.00085, betaEnd: 0.012))
    sampling = SamplingSettings(sampler: .heun, steps: 50, spacing: .linspace, clip: false)
    #expect(heun.sampling == sampling)
    #expect(heun.note?.contains("HeunDiscreteScheduler") == true && ddpm.note == nil)
    let other = try Self.read(["_class_name": "SASolverScheduler"])
    #expect(other.sampling == SamplingSettings(), "the sampler is ours")
    #expect(other.note?.contains("only its betas are used") == true)
    // As many steps as there are, where there are fewer than fifty.
    #expect(try Self.read(["num_train_timesteps": 20]).sampling.steps == 20)
    // Of one class in the other's file diffusers takes what it knows.
    #expect(
      try Self.read(["_class_name": "DDPMScheduler", "set_alpha_to_one": false]).sampling
        .setAlphaToOne)
    #expect(
      try !Self.read(
        ["_class_name": "DDPMScheduler", "set_alpha_to_one": false], className: "DDIMScheduler"
      )
      .sampling.setAlphaToOne)
  }

  /// What the network predicts, and where its process ends.
  @Test func targets() throws {
    for (word, target) in [
      ("epsilon", PredictionTarget.epsilon), ("v_prediction", .v), ("sample", .x0),
    ] {
      #expect(try Self.read(["prediction_type": word]).diffusion.prediction == target)
    }
    let zero = try Self.read(["prediction_type": "v_prediction", "rescale_betas_zero_snr": true])
    #expect(zero.diffusion.rescaleZeroSNR)
    #expect(try NoiseProcess(zero.diffusion).level(timestep: 999).signal == 0)
  }

  /// Which sampler of ours a class with these options is, on which levels.
  @Test(
    arguments: [
      ("DPMSolverMultistepScheduler", [:], .dpmpp2M, .linspace),
      (
        "DPMSolverMultistepScheduler", ["solver_order": 3, "use_karras_sigmas": true], .dpmpp3M,
        .karras
      ),
      (
        "DPMSolverMultistepScheduler", ["algorithm_type": "sde-dpmsolver++"], .dpmpp2MSDE, .linspace
      ),
      ("UniPCMultistepScheduler", ["use_lu_lambdas": true], .unipc, .logSNR),
      ("EulerDiscreteScheduler", ["timestep_spacing": "trailing"], .euler, .trailing),
      ("LMSDiscreteScheduler", ["use_exponential_sigmas": true], .lms, .exponential),
      ("PNDMScheduler", ["skip_prk_steps": true], .pndm, .leading),
    ] as [(String, [String: any Sendable], SamplingSettings.Sampler, SamplingSettings.Spacing)])
  func samplersOfClasses(
    name: String, options: [String: any Sendable], sampler: SamplingSettings.Sampler,
    spacing: SamplingSettings.Spacing
  ) throws {
    let sampling = try Self.read(options.merging(["_class_name": name]) { $1 }).sampling
    #expect(sampling.sampler == sampler && sampling.spacing == spacing)
    #expect(sampling.clip == false && sampling.setAlphaToOne == (sampler != .pndm))
  }

  /// With its largest threshold at 1, diffusers' own default, dynamic thresholding is a clip.
  @Test func thresholds() throws {
    let clip = try Self.read(["thresholding": true, "clip_sample": false]).sampling
    #expect(clip.clip == true && clip.threshold == nil)
    let dynamic = try Self.read(["thresholding": true, "sample_max_value": 3.0]).sampling
    #expect(dynamic.clip == nil && dynamic.threshold == 0.995)
  }

  @Test(
    arguments: [
      ("prediction_type", "flow", #"prediction_type is "flow"; supported is "epsilon", "#),
      ("thresholding", "on", #"thresholding is "on"; supported is true or false"#),
      ("rescale_betas_zero_snr", true, "says nothing of x0 at zero terminal SNR"),
      ("use_flow_sigmas", true, "use_flow_sigmas is true"),
      ("beta_schedule", "laplace", #"beta_schedule is "laplace"; supported is "linear", "#),
      ("variance_type", "learned", #"variance_type is "learned"; supported is"#),
      ("variance_type", "fixed_large_log", #"variance_type is "fixed_large_log""#),
      ("timestep_spacing", "karras", #"timestep_spacing is "karras"; supported is "linspace""#),
      ("num_train_timesteps", 0, "num_train_timesteps is 0; supported is 1 to 100000"),
      ("num_train_timesteps", 1 << 40, "supported is 1 to 100000"),
      ("steps_offset", 1000, "steps_offset is 1000; supported is 0 to 999"),
      ("steps_offset", -1, "steps_offset is -1"),
      ("clip_sample_range", 0, "clip_sample_range is 0; supported is a number above 0"),
      ("clip_sample", "yes", #"clip_sample is "yes"; supported is true or false"#),
      ("beta_end", 2.5, "beta_end is 2.5; supported is a number above 0, at most 0.999"),
      ("trained_betas", [0.1, 0.2], "trained_betas holds 2 values, num_train_timesteps is 1000"),
      ("beta_start", 0, "beta_start is 0"),
      ("trained_betas", [Double](repeating: 1.5, count: 1000), "β at step 0 is 1.5"),
      ("trained_betas", "a", "trained_betas is"),
      ("snr_shift_scale", 3.0, "unknown scheduler option 'snr_shift_scale'"),
      ("_class_name", "FlowMatchEulerDiscreteScheduler", "the scheduler is FlowMatchEuler"),
      ("_class_name", "LCMScheduler", "the scheduler is LCMScheduler"),
    ] as [(String, any Sendable, String)])
  func whatIsNotDoneIsRefused(option: String, value: any Sendable, says: String) throws {
    var values: [String: Any] = ["_class_name": "DDPMScheduler"]
    values[option] = value
    let json = try JSONSerialization.data(withJSONObject: values)
    let message = Self.message {
      _ = try DiffusersScheduler(DiffusersOptions(json: json, name: "s.json"))
    }
    #expect(message.contains(says), "\(message)")
    #expect(message.contains("'s.json'"))
  }

  /// As diffusers writes them with Python's `json`.
  @Test func numbersThatJSONHasNoWordsFor() throws {
    let text = #"""
      {"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "sigma_max": Infinity,
       "num_train_timesteps": 500, "beta_schedule": "scaled_linear"}
      """#
    let read = try DiffusersScheduler(DiffusersOptions(json: Data(text.utf8), name: "s.json"))
    #expect(read.diffusion.steps == 500 && read.betaSchedule == "scaled_linear")
    for word in ["NaN", "Infinity", "-Infinity"] {
      let message = Self.message {
        _ = try DiffusersScheduler(
          DiffusersOptions(json: Data("{\"beta_end\": \(word)}".utf8), name: "s.json"))
      }
      #expect(message.contains("beta_end is \(word); supported is a number above 0"), "\(message)")
    }
  }

  // MARK: Pipelines

  private static let learned =
    #"{"_class_name": "DDPMScheduler", "variance_type": "learned_range", "#
    + #""num_train_timesteps": 500}"#

  private static func pipeline(
    scheduler: String?, index: String? = nil, network: String = "two_levels"
  ) throws -> TemporaryFolder {
    let place = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: DiffusersGoldens.folder(network), toPath: "\(place.path)/unet")
    if let scheduler {
      try FileManager.default.createDirectory(
        atPath: "\(place.path)/scheduler", withIntermediateDirectories: true)
      try place.write(Array(scheduler.utf8), "scheduler/scheduler_config.json")
    }
    if let index { try place.write(Array(index.utf8), "model_index.json") }
    return place
  }

  /// The scheduler is the network's, whichever part of the pipeline is named.
  @Test(arguments: ["", "/unet", "/unet/diffusion_pytorch_model.safetensors"])
  func theProcessIsThePipelines(part: String) throws {
    let place = try Self.pipeline(
      scheduler: #"{"_class_name": "DDIMScheduler", "beta_schedule": "squaredcos_cap_v2"}"#)
    let network = try NetworkFile(contentsOf: place.path + part)
    #expect(network.description.diffusion.schedule == .cosine(offset: 0.008))
    #expect(network.origin.scheduler?.sampling.sampler == .ddim)
    try network.requireProcess()
  }

  /// With twice the output channels and the scheduler that takes them, variances are learned; one without the other is
  /// refused where something is drawn.
  @Test func learnedVariancesAreOfBoth() throws {
    let place = try Self.pipeline(scheduler: Self.learned, network: "learned_variance")
    let both = try NetworkFile(contentsOf: place.path)
    #expect(both.description.diffusion.variance == .learned && both.description.channels == 3)
    try both.requireProcess()
    let other = try Self.pipeline(
      scheduler: #"{"_class_name": "DDPMScheduler"}"#, network: "learned_variance")
    let fixed = try NetworkFile(contentsOf: other.path)
    #expect(Self.message { try fixed.requireProcess() }.contains("would be \"learned_range\""))
  }

  /// A network that predicts something else still predicts, at its own timesteps; nothing is drawn from it.
  @Test func anotherPredictionIsNotDrawnFrom() throws {
    let place = try Self.pipeline(scheduler: Self.learned)
    let network = try NetworkFile(contentsOf: place.path)
    #expect(network.description.diffusion.steps == 500)
    let message = Self.message { try network.requireProcess() }
    #expect(message.contains("scheduler/scheduler_config.json"))
    #expect(message.contains(#"variance_type is "learned_range""#))
  }

  @Test func otherPartsMakeOtherImages() throws {
    let latent = #"""
      {"_class_name": "LDMPipeline", "_diffusers_version": "0.42.1", "scheduler": ["diffusers", "DDIMScheduler"],
       "unet": ["diffusers", "UNet2DModel"], "vqvae": ["diffusers", "VQModel"], "safety_checker": [null, null]}
      """#
    let place = try Self.pipeline(scheduler: #"{"clip_sample": false}"#, index: latent)
    let network = try NetworkFile(contentsOf: place.path)
    #expect(Self.message { try network.requireProcess() }.contains("a part 'vqvae' (VQModel)"))
    // The class is the index's, where the scheduler's file says none.
    #expect(network.origin.scheduler?.className == "DDIMScheduler")
  }

  @Test func withoutASchedulerNothingIsSaid() throws {
    let place = try Self.pipeline(scheduler: nil)
    let network = try NetworkFile(contentsOf: place.path)
    #expect(!network.origin.saysProcess && network.origin.saysSize)
    #expect(network.description.diffusion == DiffusionSettings())
    #expect(network.origin.scheduler == nil)
  }

  @Test func damagedSchedulersAreErrors() throws {
    for text in ["", "[1]", "{"] {
      let place = try Self.pipeline(scheduler: text)
      #expect {
        try NetworkFile(contentsOf: place.path)
      } throws: { ($0 as? DiffusionError)?.kind == .badInput }
    }
  }
}
