/// What TeX's commands stand for.
enum TeXSymbols {
  /// Set in italics, as variables are.
  static let letters: [String: String] = [
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π", "varpi": "ϖ",
    "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ", "upsilon": "υ",
    "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "ell": "ℓ", "hbar": "ℏ",
    "imath": "ı", "jmath": "ȷ",
  ]

  static let upright: [String: String] = [
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π",
    "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "infty": "∞",
    "emptyset": "∅", "varnothing": "∅", "Re": "ℜ", "Im": "ℑ", "partial": "∂", "nabla": "∇",
    "top": "⊤", "bot": "⊥", "dagger": "†", "star": "⋆",
  ]

  static let operators: [String: String] = [
    "cdot": "⋅", "times": "×", "div": "÷", "pm": "±", "mp": "∓", "ast": "∗", "circ": "∘",
    "odot": "⊙", "otimes": "⊗", "oplus": "⊕", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "ne": "≠", "neq": "≠", "ll": "≪", "gg": "≫", "approx": "≈", "sim": "∼", "simeq": "≃",
    "cong": "≅", "equiv": "≡", "propto": "∝", "in": "∈", "notin": "∉", "ni": "∋",
    "subset": "⊂", "subseteq": "⊆", "supset": "⊃", "cup": "∪", "cap": "∩", "setminus": "∖",
    "to": "→", "rightarrow": "→", "leftarrow": "←", "leftrightarrow": "↔", "gets": "←",
    "Rightarrow": "⇒", "Leftarrow": "⇐", "Leftrightarrow": "⇔", "iff": "⇔", "implies": "⇒",
    "mapsto": "↦", "longrightarrow": "⟶", "uparrow": "↑", "downarrow": "↓",
    "forall": "∀", "exists": "∃", "neg": "¬", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨",
    "mid": "∣", "parallel": "∥", "perp": "⊥", "|": "‖", "Vert": "‖", "lVert": "‖", "rVert": "‖",
    "vert": "|", "lvert": "|", "rvert": "|", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊",
    "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lbrace": "{", "rbrace": "}", "lbrack": "[",
    "rbrack": "]", "ldots": "…", "dots": "…", "cdots": "⋯", "vdots": "⋮", "ddots": "⋱",
    "colon": ":", "coloneqq": "≔", "prime": "′", "triangleq": "≜", "backslash": "∖",
    "sum": "∑", "prod": "∏", "int": "∫", "iint": "∬", "oint": "∮", "bigcup": "⋃",
    "bigcap": "⋂", "bigoplus": "⨁", "lt": "&lt;", "gt": "&gt;",
  ]

  /// Brackets, which grow by `\\left` and `\\right` alone.
  static let fences: Set = [
    "|", "Vert", "lVert", "rVert", "vert", "lvert", "rvert", "langle", "rangle", "lfloor",
    "rfloor", "lceil", "rceil", "lbrace", "rbrace", "lbrack", "rbrack",
  ]

  /// What stands above and below these, not beside.
  static let stacking: Set = [
    "sum", "prod", "bigcup", "bigcap", "bigoplus", "lim", "max", "min", "sup", "inf", "argmax",
    "argmin", "underbrace", "overbrace", "limsup", "liminf",
  ]

  static let functions: Set = [
    "log", "ln", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos",
    "arctan", "lim", "limsup", "liminf", "max", "min", "sup", "inf", "arg", "argmax", "argmin",
    "det", "dim", "ker", "tr", "deg", "gcd", "Pr", "erf", "diag", "sign", "clip", "softmax",
  ]

  static let blanks = [
    ",": "0.167em", ":": "0.222em", ">": "0.222em", ";": "0.278em", "!": "-0.167em", " ": "0.333em",
    "quad": "1em", "qquad": "2em", "enspace": "0.5em", "thinspace": "0.167em",
  ]

  static let accents: [String: (sign: String, stretches: Bool)] = [
    "hat": ("^", false), "widehat": ("^", true), "bar": ("¯", false), "overline": ("¯", true),
    "tilde": ("~", false), "widetilde": ("~", true), "dot": ("˙", false), "ddot": ("¨", false),
    "vec": ("→", false), "check": ("ˇ", false), "breve": ("˘", false), "acute": ("´", false),
    "grave": ("`", false), "overrightarrow": ("→", true),
  ]

  /// How the cells of a table lie.
  enum Alignment { case center, left, pairs }

  static let environments: [String: (left: String, right: String, aligns: Alignment)] = [
    "matrix": ("", "", .center), "pmatrix": ("(", ")", .center), "bmatrix": ("[", "]", .center),
    "vmatrix": ("|", "|", .center), "cases": ("{", "", .left), "aligned": ("", "", .pairs),
    "align": ("", "", .pairs), "align*": ("", "", .pairs), "split": ("", "", .pairs),
    "gathered": ("", "", .center), "gather": ("", "", .center), "gather*": ("", "", .center),
    "equation": ("", "", .center), "equation*": ("", "", .center),
  ]

  /// Unicode's mathematical alphabets: MathML Core has no other way to say them.
  enum Alphabet: String {
    case mathbf, boldsymbol, bm, mathcal, mathscr, mathbb, mathfrak, mathit

    func letter(_ letter: Character) -> Character? {
      guard let ascii = letter.asciiValue else { return nil }
      if let exception = exceptions[letter] { return exception }
      switch ascii {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        return sign(capitals, Int(ascii - UInt8(ascii: "A")))
      case UInt8(ascii: "a")...UInt8(ascii: "z"):
        return sign(small, Int(ascii - UInt8(ascii: "a")))
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        return digits.flatMap { sign($0, Int(ascii - UInt8(ascii: "0"))) }
      default: return nil
      }
    }

    private func sign(_ start: UInt32, _ offset: Int) -> Character? {
      Unicode.Scalar(start + UInt32(offset)).map(Character.init)
    }

    private var capitals: UInt32 {
      switch self {
      case .mathbf: 0x1D400
      case .boldsymbol, .bm: 0x1D468
      case .mathcal, .mathscr: 0x1D49C
      case .mathbb: 0x1D538
      case .mathfrak: 0x1D504
      case .mathit: 0x1D434
      }
    }

    private var small: UInt32 { capitals + 26 }

    private var digits: UInt32? {
      switch self {
      case .mathbf, .boldsymbol, .bm: 0x1D7CE
      case .mathbb: 0x1D7D8
      default: nil
      }
    }

    /// Letters that Unicode had before it had the alphabets.
    private var exceptions: [Character: Character] {
      switch self {
      case .mathbf, .boldsymbol, .bm: [:]
      case .mathcal, .mathscr:
        [
          "B": "ℬ", "E": "ℰ", "F": "ℱ", "H": "ℋ", "I": "ℐ", "L": "ℒ", "M": "ℳ", "R": "ℛ",
          "e": "ℯ", "g": "ℊ", "o": "ℴ",
        ]
      case .mathbb: ["C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"]
      case .mathfrak: ["C": "ℭ", "H": "ℌ", "I": "ℑ", "R": "ℜ", "Z": "ℨ"]
      case .mathit: ["h": "ℎ"]
      }
    }
  }
}
