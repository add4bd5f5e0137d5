import ArgumentParser
import Dispatch
import Foundation
import Kernels
import Serving
import Store
import Text

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Open pages over the run store, for a browser.",
    discussion: """
      Experiments and their notebooks while they learn, runs, charts, pictures, SQL. The pages read \
      and write nothing, load nothing from elsewhere, and are there until Ctrl-C. They are on this \
      computer's own address, for its own browsers; --host serves others too, who need the token in \
      the address that is printed.
      """, aliases: ["ui"])

  @Option(help: ArgumentHelp("Listen on this port; 0: any that is free.", valueName: "n"))
  var port = 8017

  @Option(
    help: ArgumentHelp(
      "Listen on this address instead, as 0.0.0.0 for all of the computer's: with a token.",
      valueName: "address"))
  var host: String?

  @Flag(help: "Open the first page in a browser.")
  var open = false

  @OptionGroup var store: StoreOptions

  func validate() throws {
    guard (0...65535).contains(port) else {
      throw ValidationError("there is no port \(port): they are 0 to 65535")
    }
  }

  func run() async throws {
    FreedMemory.share()
    let store = try store.open()
    let isLoopback = host.map { ["127.0.0.1", "::1", "localhost"].contains($0) } ?? true
    let server = PageServer(
      store: store,
      options: PageServer.Options(
        host: isLoopback ? (host == "::1" ? "::1" : "127.0.0.1") : host ?? "", port: UInt16(port),
        token: isLoopback ? nil : PageServer.secret()),
      sampler: NetworkPlayer(folder: self.store.folder))
    // Training comes first where there is not room for both.
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
    let serving = Task { [open] in
      try await server.run { address in
        printText("\(address)\n")
        printDiagnostic("The pages are there until Ctrl-C.")
        if open { Self.openBrowser(address) }
      }
    }
    let signals = InterruptSignals { serving.cancel() }
    do {
      try await serving.value
    } catch {
      guard signals.received == nil else { throw ExitCode(128 + (signals.received ?? SIGINT)) }
      throw error
    }
  }

  private static func openBrowser(_ address: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    #if os(macOS)
      process.arguments = ["open", address]
    #else
      process.arguments = ["xdg-open", address]
    #endif
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try? process.run()
  }
}
