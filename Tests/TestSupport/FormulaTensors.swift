/// Numbers that follow from a name, so that a network of millions of weights needs no file: the same that
/// `DiffusionTests/Goldens/inception/make_inception.py` makes.
package enum FormulaTensors {
  /// SplitMix64 (Steele, Lea & Flood 2014) from the FNV-1a hash of a name.
  package static func bits(_ name: String, _ count: Int) -> [UInt64] {
    let seed = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return (0..<count).map { i in
      var x = seed &+ UInt64(i + 1) &* 0x9E37_79B9_7F4A_7C15
      x = (x ^ x >> 30) &* 0xBF58_476D_1CE4_E5B9
      x = (x ^ x >> 27) &* 0x94D0_49BB_1331_11EB
      return x ^ x >> 31
    }
  }

  /// Uniform, exact in single precision, scaled by what the name says it is of a convolution with a batch norm, so that
  /// activations neither vanish nor grow.
  package static func tensor(_ name: String, _ shape: [Int]) -> [Float] {
    let isWeight = name.hasSuffix("conv.weight")
    let (isScale, isVariance) = (name.hasSuffix("bn.weight"), name.hasSuffix("bn.running_var"))
    let root = Float((6 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
    return bits(name, shape.reduce(1, *)).map { bits in
      let uniform = Float(bits >> 40) / Float(1 << 23) - 1
      if isWeight { return uniform * root }
      return isScale ? 1 + uniform * 0.25 : isVariance ? 1 + uniform * 0.5 : uniform * 0.125
    }
  }
}
