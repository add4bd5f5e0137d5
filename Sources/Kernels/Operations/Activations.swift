private import CKernels

extension Tape {
  /// max(x, 0)
  public func relu(_ x: Tensor) -> Tensor {
    let y = output(x.shape)
    measured(Work("ReLU", .forward, x.shape, touching: 2 * x.shape.elements)) {
      for i in 0..<x.shape.elements { y.data[i] = max(x.data[i], 0) }
    }
    record(Work("ReLU", .backward, x.shape, touching: 3 * x.shape.elements)) { [unowned self] in
      guard let dy = gradient(of: y), let (dx, adds) = accumulator(for: x) else { return }
      for i in 0..<x.shape.elements {
        let share = x.data[i] > 0 ? dy[i] : 0
        dx[i] = adds ? dx[i] + share : share
      }
    }
    return y
  }

  /// x·σ(x) (Hendrycks & Gimpel 2016)
  public func silu(_ x: Tensor) -> Tensor {
    let y = output(x.shape)
    let table = workspace.kernels.table.pointee
    measured(Work("SiLU", .forward, x.shape, touching: 2 * x.shape.elements)) {
      table.silu(y.data, x.data, x.shape.elements)
    }
    record(Work("SiLU", .backward, x.shape, touching: 3 * x.shape.elements)) { [unowned self] in
      guard let dy = gradient(of: y), let (dx, adds) = accumulator(for: x) else { return }
      table.silu_backward(dx, dy, x.data, x.shape.elements, adds ? 1 : 0)
    }
    return y
  }
}
