import Foundation
import Store

/// Reads lines from a pipe, file or terminal as they come.
package final class LineInput {
  package enum Event: Sendable, Hashable {
    /// There is something to read, or the end.
    case ready
    /// The time is over.
    case nothing
    /// `Waker.wake` was called.
    case woken
  }

  /// Ends a wait, from any thread.
  package final class Waker: Sendable {
    fileprivate let reading: Int32
    private let writing: Int32

    fileprivate init() throws {
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else {
        throw StoreError(.inputOutput, "cannot make a pipe (\(systemError()))")
      }
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
      (reading, writing) = (ends[0], ends[1])
    }

    deinit {
      close(reading)
      close(writing)
    }

    package func wake() {
      var byte: UInt8 = 1
      _ = Foundation.write(writing, &byte, 1)
    }

    fileprivate func forget() {
      var byte: UInt8 = 0
      while Foundation.read(reading, &byte, 1) == 1 {}
    }
  }

  package let waker: Waker
  private let descriptor: Int32
  private let longest: Int
  private var buffer: [UInt8]
  /// What has been read and is not yet a line.
  private var filled = 0
  /// Within a line that is too long: the rest of it is passed over.
  private var isPassingOver = false

  /// - Parameters:
  ///   - descriptor: open for as long as this lives.
  ///   - longest: bytes of a line; the text of longer ones is not given.
  /// - Throws: `StoreError.Kind.inputOutput`.
  package init(_ descriptor: Int32, longest: Int, block: Int = 1 << 16) throws {
    waker = try Waker()
    self.descriptor = descriptor
    self.longest = longest
    buffer = [UInt8](repeating: 0, count: block)
  }

  /// - Parameter seconds: nil: for as long as it takes.
  package func wait(_ seconds: Double?) -> Event {
    var polled = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: waker.reading, events: Int16(POLLIN), revents: 0),
    ]
    let milliseconds = seconds.map { Int32((max($0, 0) * 1000).rounded(.up)) } ?? -1
    guard poll(&polled, 2, milliseconds) > 0 else { return .nothing }
    if polled[1].revents != 0 {
      waker.forget()
      return .woken
    }
    return polled[0].revents != 0 ? .ready : .nothing
  }

  /// Reads once, and calls `body` with each line that is whole now, without its end: bytes and where in them it stands; nil
  /// for one that is too long. At the end of the input what is left is a line too.
  /// - Returns: false at the end.
  /// - Throws: `StoreError.Kind.inputOutput`; what `body` throws.
  package func read(_ body: ([UInt8], Range<Int>?) throws -> Void) throws -> Bool {
    if filled == buffer.count {
      buffer += [UInt8](repeating: 0, count: min(buffer.count, longest + 1 - buffer.count))
    }
    let (start, room) = (filled, buffer.count - filled)
    let count = buffer.withUnsafeMutableBytes {
      Foundation.read(descriptor, $0.baseAddress! + start, room)
    }
    if count < 0 {
      if errno == EINTR || errno == EAGAIN { return true }
      throw StoreError(.inputOutput, "cannot read standard input (\(systemError()))")
    }
    if count == 0 {
      let rest = filled
      filled = 0
      if isPassingOver || rest > 0 { try body(buffer, isPassingOver ? nil : 0..<rest) }
      return false
    }
    let end = start + count
    var place = 0
    var search = start
    while let line = lineEnd(in: search..<end) {
      let isTooLong = isPassingOver || line - place > longest
      isPassingOver = false
      try body(buffer, isTooLong ? nil : place..<line)
      place = line + 1
      search = place
    }
    filled = end - place
    if isPassingOver || filled > longest {
      isPassingOver = true
      filled = 0
    } else if place > 0, filled > 0 {
      buffer.withUnsafeMutableBytes { bytes in
        bytes.baseAddress!.copyMemory(from: bytes.baseAddress! + place, byteCount: filled)
      }
    }
    return true
  }

  private func lineEnd(in range: Range<Int>) -> Int? {
    buffer.withUnsafeBytes { bytes in
      memchr(bytes.baseAddress! + range.lowerBound, 0x0A, range.count).map {
        bytes.baseAddress!.distance(to: UnsafeRawPointer($0))
      }
    }
  }
}
