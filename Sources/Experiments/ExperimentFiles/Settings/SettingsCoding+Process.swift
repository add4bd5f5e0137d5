import Diffusion
import Values

/// The noise process, whose kinds have keys of their own.
extension SettingsCoding {
  static func process(_ keys: KeyedValues) throws -> DiffusionSettings.Process {
    // What was written before there were others.
    guard keys.has("diffusion.process") else { return .vp }
    func number(_ name: String) throws -> Double { try keys.value("diffusion.\(name)") }
    return switch try keys.value("diffusion.process") as String {
    case "vp": .vp
    case "sub-vp": .subVP(betaMin: try number("beta_min"), betaMax: try number("beta_max"))
    case "ve": .ve(sigmaMin: try number("sigma_min"), sigmaMax: try number("sigma_max"))
    case "edm":
      .edm(
        sigmaData: try number("sigma_data"), sigmaMin: try number("sigma_min"),
        sigmaMax: try number("sigma_max"), rho: try number("rho"))
    case "flow": .flow(shift: try number("shift"))
    case "trig": .trig
    default: throw keys.mismatch("diffusion.process")
    }
  }

  static func values(of process: DiffusionSettings.Process) -> [String: ParameterValue] {
    let numbers: [String: Double] =
      switch process {
      case .vp, .trig: [:]
      case .subVP(let low, let high): ["beta_min": low, "beta_max": high]
      case .ve(let low, let high): ["sigma_min": low, "sigma_max": high]
      case .edm(let data, let low, let high, let rho):
        ["sigma_data": data, "sigma_min": low, "sigma_max": high, "rho": rho]
      case .flow(let shift): ["shift": shift]
      }
    var values = ["diffusion.process": process.kind.setting]
    for (name, number) in numbers { values["diffusion.\(name)"] = number.setting }
    return values
  }

  static func schedule(_ keys: KeyedValues) throws -> DiffusionSettings.Schedule {
    func value<Value: SettingValue>(_ name: String) throws -> Value {
      try keys.value("diffusion.schedule.\(name)")
    }
    return switch try value("kind") as String {
    case "linear": .linear(betaStart: try value("beta_start"), betaEnd: try value("beta_end"))
    case "scaled-linear":
      .scaledLinear(betaStart: try value("beta_start"), betaEnd: try value("beta_end"))
    case "quadratic":
      .quadratic(betaStart: try value("beta_start"), betaEnd: try value("beta_end"))
    case "exponential":
      .exponential(betaStart: try value("beta_start"), betaEnd: try value("beta_end"))
    case "constant": .constant(beta: try value("beta"))
    case "cosine": .cosine(offset: try value("offset"))
    case "sqrt": .sqrt
    case "sigmoid": .sigmoid(temperature: try value("temperature"))
    case "laplace": .laplace(mean: try value("mean"), scale: try value("scale"))
    case "betas": .file(path: try value("betas"))
    default: throw keys.mismatch("diffusion.schedule.kind")
    }
  }

  static func values(
    of schedule: DiffusionSettings.Schedule
  ) -> [String: ParameterValue] {
    let parts: [String: ParameterValue] =
      switch schedule {
      case .linear(let start, let end), .scaledLinear(let start, let end),
        .quadratic(let start, let end), .exponential(let start, let end):
        ["beta_start": start.setting, "beta_end": end.setting]
      case .constant(let beta): ["beta": beta.setting]
      case .cosine(let offset): ["offset": offset.setting]
      case .sigmoid(let temperature): ["temperature": temperature.setting]
      case .laplace(let mean, let scale): ["mean": mean.setting, "scale": scale.setting]
      case .file(let path): ["betas": path.setting]
      // Those that a network keeps come of no key.
      case .sqrt, .betas: [:]
      }
    var values = ["diffusion.schedule.kind": schedule.kind.setting]
    for (name, part) in parts { values["diffusion.schedule.\(name)"] = part }
    return values
  }
}
