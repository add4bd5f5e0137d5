import Kernels

/// A worker's tape with the workspace under it.
///
/// Unchecked: there is one a worker, and `WorkerPool` runs each worker on one thread at a time.
final class WorkerTape: @unchecked Sendable {
  let tape: Tape

  init(kernels: KernelSet, precision: Precision, weights: Weights, meter: Meter?) {
    tape = Tape(workspace: Workspace(kernels: kernels, precision: precision), weights: weights)
    tape.meter = meter
  }
}
