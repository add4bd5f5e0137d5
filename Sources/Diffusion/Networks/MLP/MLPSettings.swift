/// Sizes of the multilayer perceptron, the network for vectors.
public struct MLPSettings: Sendable, Hashable, Codable {
  /// How the network is told the vector.
  public enum InputEmbedding: String, Sendable, Hashable, Codable, CaseIterable {
    /// As it is.
    case none
    /// With cosines and sines of each coordinate beside it (Mildenhall 2020, section 5.1; Tancik 2020).
    case sinusoidal
  }

  /// Units of each hidden layer.
  public var width: Int
  /// Hidden layers, each with a connection past it.
  public var layers: Int
  /// How the network is told the vector.
  public var inputEmbedding: InputEmbedding
  /// Cosines and sines of each coordinate together, an even number.
  public var inputEmbeddingDim: Int
  /// Highest frequency of these, in radians per unit; the lowest is 1.
  public var inputEmbeddingScale: Double

  /// Widest hidden layer.
  package static let widest = 8192
  /// Hidden layers that there may be.
  package static let layerRange = 1...64

  /// Settings whose defaults are those of an experiment file.
  public init(
    width: Int = 128, layers: Int = 3, inputEmbedding: InputEmbedding = .none,
    inputEmbeddingDim: Int = 16, inputEmbeddingScale: Double = 25
  ) {
    self.width = width
    self.layers = layers
    self.inputEmbedding = inputEmbedding
    self.inputEmbeddingDim = inputEmbeddingDim
    self.inputEmbeddingScale = inputEmbeddingScale
  }
}
