private import CKernels
import Foundation

/// The processors that this process may use, which may be fewer than the machine has.
package struct UsableProcessors: Sendable, Hashable {
  /// Those the machine has running.
  package var machine: Int
  /// Those the process may be scheduled on (`taskset`, batch systems, containers); nil where the system does not say.
  package var affine: Int?
  /// Processors' worth of time that control groups leave it (`docker run --cpus`, systemd's `CPUQuota`), rounded up; nil
  /// where there is no limit.
  package var quota: Int?

  /// How many threads there is something to do for: at least 1.
  package var count: Int { max(1, min(affine ?? machine, quota ?? .max)) }

  /// As they were when the process began to ask.
  package static let current = UsableProcessors(
    machine: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
    affine: {
      let count = Int(wb_affine_processors())
      return count > 0 ? count : nil
    }(),
    quota: ControlGroups().processorQuota)
}

extension UsableProcessors: CustomStringConvertible {
  /// `2 processors`, or `4 of 64 processors (what its affinity allows)`
  package var description: String {
    let noun = machine == 1 ? "processor" : "processors"
    guard count < machine else { return "\(machine) \(noun)" }
    let reason =
      count == affine ? "what its affinity allows" : "what its control group's quota is worth"
    return "\(count) of \(machine) \(noun) (\(reason))"
  }
}
