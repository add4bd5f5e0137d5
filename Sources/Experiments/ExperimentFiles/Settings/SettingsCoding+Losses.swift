import Diffusion
import Values

/// Loss, weighting and timesteps, whose kinds have keys of their own.
extension SettingsCoding {
  static func readLosses(_ keys: KeyedValues, _ training: inout TrainingSettings) throws {
    func number(_ name: String) throws -> Double { try keys.value("training.\(name)") }
    func kind(_ name: String) throws -> String? { try keys.optional("training.\(name)") }
    // What was written before there were others lacks them.
    switch try kind("loss") {
    case nil, "mse": training.loss = .mse
    case "huber": training.loss = .huber(delta: try number("huber_delta"))
    case "vlb": training.loss = .vlb
    case "hybrid": training.loss = .hybrid(weight: try number("vlb_weight"))
    default: throw keys.mismatch("training.loss")
    }
    switch try kind("weighting") {
    case nil, "none": training.weighting = .none
    case "snr": training.weighting = .snr
    case "min-snr": training.weighting = .minSNR(gamma: try number("snr_gamma"))
    case "soft-min-snr": training.weighting = .softMinSNR(gamma: try number("snr_gamma"))
    case "truncated-snr": training.weighting = .truncatedSNR
    case "p2":
      training.weighting = .p2(gamma: try number("p2_gamma"), k: try number("p2_k"))
    case "edm": training.weighting = .edm
    default: throw keys.mismatch("training.weighting")
    }
    switch try kind("timesteps") {
    case nil: training.timesteps = nil
    case "uniform": training.timesteps = .uniform
    case "stratified": training.timesteps = .stratified
    case "log-normal":
      training.timesteps = .logNormal(
        mean: try number("timestep_mean"), deviation: try number("timestep_std"))
    case "logit-normal":
      training.timesteps = .logitNormal(
        mean: try number("timestep_mean"), deviation: try number("timestep_std"))
    case "loss-aware": training.timesteps = .lossAware
    default: throw keys.mismatch("training.timesteps")
    }
  }

  static func values(
    of training: TrainingSettings, _ process: DiffusionSettings.Process
  ) -> [String: ParameterValue] {
    var values: [String: ParameterValue] = [
      "training.loss": training.loss.kind.setting,
      "training.weighting": training.weighting.kind.setting,
    ]
    func add(_ name: String, _ number: Double) { values["training.\(name)"] = number.setting }
    switch training.loss {
    case .mse, .vlb: break
    case .huber(let delta): add("huber_delta", delta)
    case .hybrid(let weight): add("vlb_weight", weight)
    }
    switch training.weighting {
    case .none, .snr, .truncatedSNR, .edm: break
    case .minSNR(let gamma), .softMinSNR(let gamma): add("snr_gamma", gamma)
    case .p2(let gamma, let k):
      add("p2_gamma", gamma)
      add("p2_k", k)
    }
    let timesteps = training.timesteps ?? process.usualTimesteps
    values["training.timesteps"] = timesteps.kind.setting
    switch timesteps {
    case .uniform, .stratified, .lossAware: break
    case .logNormal(let mean, let deviation), .logitNormal(let mean, let deviation):
      add("timestep_mean", mean)
      add("timestep_std", deviation)
    }
    return values
  }
}
