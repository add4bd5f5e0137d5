/// Records what a network's forward pass does, and plays it backwards for the gradients.
///
/// Without `gradients` it records nothing: that is sampling.
public final class Tape {
  let workspace: Workspace
  let weights: Weights
  /// Laid out as the weights' values; each backward adds into it.
  private(set) var gradients: UnsafeMutablePointer<Float>?
  /// Told what each operation does and how long it takes, if there is one.
  public var meter: Meter?
  /// Shown the operands of products while operations are recorded and run backwards, if there is one.
  package var observer: (any OperandObserver)?

  /// Where `dropout` draws from; nil, when sampling, drops nothing.
  private(set) var dropout: DropoutSource?

  private var steps: [(node: Int, backward: () -> Void)] = []
  private var nodes: [Node] = []
  /// The node whose operation runs backwards.
  private var current = 0
  /// Memory in the arena that nobody uses any more.
  private var unused = UnusedMemory()

  /// What an operation put out.
  private struct Node {
    let data: UnsafeMutablePointer<Float>
    let count: Int
    /// ∂loss/∂data, once something has been added to it.
    var gradient: UnsafeMutablePointer<Float>?
  }

  /// - Parameters:
  ///   - workspace: memory of the worker that runs it.
  ///   - weights: of the network, packed for the workspace's kernels.
  public init(workspace: Workspace, weights: Weights) {
    self.workspace = workspace
    self.weights = weights
  }

  /// Whether operations are kept for `backward`.
  public var isRecording: Bool { gradients != nil }

  /// Starts over: all earlier tensors are gone.
  /// - Parameters:
  ///   - gradients: where parameters' gradients are added, or nil to record nothing.
  ///   - dropout: where dropout's randomness comes from; nil drops nothing.
  ///   - crew: threads over which each operation is spread, where nothing is recorded; idle, the caller among them.
  public func reset(
    gradients: UnsafeMutablePointer<Float>? = nil, dropout: DropoutSource? = nil,
    crew: WorkerPool? = nil
  ) {
    precondition(gradients == nil || crew == nil, "a tape that records works alone")
    self.gradients = gradients
    self.dropout = dropout
    workspace.crew = crew
    steps.removeAll(keepingCapacity: true)
    nodes.removeAll(keepingCapacity: true)
    unused.removeAll()
    workspace.arena.reset()
  }

  /// Runs a forward pass that no gradient goes through: nothing in it is recorded, and dropout drops nothing. What
  /// comes out stays until the tape starts over.
  public func withoutGradient<Result>(_ body: () throws -> Result) rethrows -> Result {
    let (recorded, source) = (gradients, dropout)
    (gradients, dropout) = (nil, nil)
    defer {
      (gradients, dropout) = (recorded, source)
      unused.removeAll()
    }
    return try body()
  }

  /// A tensor for the caller to fill: an input, which needs no gradient.
  public func input(_ shape: Shape) -> Tensor {
    Tensor(shape: shape, data: workspace.arena.take(shape.elements), node: nil)
  }

  /// A tensor for the caller to fill whose gradient is wanted too.
  public func variable(_ shape: Shape) -> Tensor {
    output(shape)
  }

  /// ∂loss/∂tensor of a variable after `backward`; nil if nothing depends on it.
  public func gradientValues(of tensor: Tensor) -> [Float]? {
    gradient(of: tensor).map {
      Array(UnsafeBufferPointer(start: $0, count: tensor.shape.elements))
    }
  }

  /// Says that no operation to come reads a tensor. Where nothing is recorded, results to come take its place, which the
  /// cache still holds; a recorded one is needed on the way back.
  public func discard(_ tensor: Tensor) {
    if !isRecording { unused.put(tensor.data, count: tensor.shape.elements) }
  }

  /// A tensor for an operation to write its result into.
  func output(_ shape: Shape) -> Tensor {
    guard isRecording else {
      let data = unused.take(shape.elements) ?? workspace.arena.take(shape.elements)
      return Tensor(shape: shape, data: data, node: nil)
    }
    let data = workspace.arena.take(shape.elements)
    nodes.append(Node(data: data, count: shape.elements))
    return Tensor(shape: shape, data: data, node: nodes.count - 1)
  }

  /// Keeps what the operation that asked for an output last does backwards.
  /// - Parameters:
  ///   - work: what `backward` does; made only where there is a meter. Without one the meter finds it under the
  ///     operation's Swift name.
  ///   - backward: adds its shares to the gradients of the operation's inputs and parameters.
  func record(
    _ work: @autoclosure () -> Work? = nil, operation: StaticString = #function,
    _ backward: @escaping () -> Void
  ) {
    guard isRecording else { return }
    let node = nodes.count - 1
    guard meter != nil else { return steps.append((node, backward)) }
    let work = work() ?? Work("\(operation)", .backward, shape: "")
    steps.append((node, { [unowned self] in measured(work, backward) }))
  }

  /// Does an operation, or a part of one, and tells the meter; `work` is made only where there is one.
  func measured<Result>(_ work: @autoclosure () -> Work, _ body: () -> Result) -> Result {
    guard let meter else { return body() }
    meter.begin()
    defer { meter.end(work()) }
    return body()
  }

  /// What has been summed so far of ∂loss/∂tensor; nil if nothing depends on it.
  func gradient(of tensor: Tensor) -> UnsafeMutablePointer<Float>? {
    tensor.node.flatMap { nodes[$0].gradient }
  }

  /// Where an operation puts its share of ∂loss/∂tensor: whether to add to what is there, or to write.
  /// Nil if no gradient is wanted.
  func accumulator(for tensor: Tensor) -> (memory: UnsafeMutablePointer<Float>, adds: Bool)? {
    guard let node = tensor.node else { return nil }
    if let memory = nodes[node].gradient { return (memory, true) }
    let count = nodes[node].count
    let memory = unused.take(count) ?? workspace.arena.take(count)
    nodes[node].gradient = memory
    return (memory, false)
  }

  /// The same, set to zero where nothing is there yet, for operations that can only add.
  func zeroedAccumulator(for tensor: Tensor) -> UnsafeMutablePointer<Float>? {
    guard let (memory, adds) = accumulator(for: tensor) else { return nil }
    if !adds { memory.update(repeating: 0, count: tensor.shape.elements) }
    return memory
  }

  /// Makes the gradient of what the current operation put out a tensor's own, if that has none yet.
  func adoptGradient(for tensor: Tensor) -> Bool {
    guard let node = tensor.node, nodes[node].gradient == nil else { return tensor.node == nil }
    nodes[node].gradient = nodes[current].gradient
    nodes[current].gradient = nil
    return true
  }

  func value(of parameter: Parameter) -> UnsafePointer<Float> {
    UnsafePointer(weights.values.pointer + parameter.offset)
  }

  func gradient(of parameter: Parameter) -> UnsafeMutablePointer<Float> {
    guard let gradients else {
      preconditionFailure("a gradient is asked of a tape that records none")
    }
    return gradients + parameter.offset
  }

  /// Runs all that was recorded backwards, from ∂loss/∂output, which `seed` writes.
  /// - Parameter seed: fills memory shaped like `output`.
  public func backward(
    from output: Tensor, seed: (UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    guard let (memory, _) = accumulator(for: output) else { return }
    seed(UnsafeMutableBufferPointer(start: memory, count: output.shape.elements))
    while let (node, step) = steps.popLast() {
      current = node
      step()
      release(node)
    }
  }

  /// Once its operation has run backwards, nobody needs a tensor or its gradient any more: gradients still to come take
  /// their place, which the cache still holds.
  private func release(_ node: Int) {
    unused.put(nodes[node].data, count: nodes[node].count)
    if let gradient = nodes[node].gradient {
      unused.put(gradient, count: nodes[node].count)
      nodes[node].gradient = nil
    }
  }
}
