import Dispatch
import Foundation

extension Pipe {
  /// Reads the pipe to its end on a thread of its own, which is in `group` for so long.
  ///
  /// `FileHandle.readabilityHandler` would need no thread, but on Linux (Swift 6.3) a handler that takes itself away at
  /// the pipe's end frees what the thread of Dispatch that reports this end goes on to read: once in a while, the
  /// program dies of it.
  /// - Parameter receive: called on that thread with each piece, none of them empty.
  func readToEnd(in group: DispatchGroup, _ receive: @escaping @Sendable ([UInt8]) -> Void) {
    let handle = fileHandleForReading
    group.enter()
    let thread = Thread {
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = read(handle.fileDescriptor, &buffer, buffer.count)
        if count > 0 {
          receive(Array(buffer[..<count]))
        } else if count == 0 || errno != EINTR {
          break
        }
      }
      group.leave()
    }
    thread.start()
  }
}
