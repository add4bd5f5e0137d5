import ArgumentParser
import Diffusion
import Exchange
import ExperimentFiles
import Foundation
import Store
import Text

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write runs, or a trained network, for other programs.",
    discussion: """
      For experiments and runs:
        csv          a folder: runs.csv, one row per run; history.csv, the points (see --layout)
        jsonl        one file, one JSON object per line: experiments, runs, series of points
        tensorboard  a folder for 'tensorboard --logdir': scalars, pictures, texts, hyperparameters
        mlflow       a folder that 'mlflow migrate-filestore --source' reads
        capsule      one SQLite file with runs, pictures and reports, for 'import', sqlite3, Datasette
        experiment-file  the experiment's file as the store keeps it; a folder where it extends others
      For one run, a .safetensors file or a diffusers model's folder:
        safetensors  one file, with the parameters under their PyTorch names
        diffusers    a folder that UNet2DModel.from_pretrained reads; the architecture must be unet

      Existing files are not overwritten, and a failed export leaves nothing behind. Runs that are no longer in \
      their experiment's file are exported in a capsule, or if named.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv
    case jsonl
    case tensorboard
    case mlflow
    case capsule
    case safetensors
    case diffusers
    case experimentFile = "experiment-file"

    var isOfNetworks: Bool { self == .safetensors || self == .diffusers }
  }

  @Argument(
    help: ArgumentHelp(
      "Experiments' names, or runs; for a network one run, file or folder.",
      valueName: "experiment or run"))
  var sources: [String] = []

  @Flag(help: "All experiments of the store.")
  var all = false

  @Option(help: "What to write; see above.")
  var format: Format

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Where to write: a new file, or a new folder.", valueName: "path"))
  var output: String

  @Option(
    help:
      "For csv: 'long', one row per point, or 'wide', one row per step and one column per metric.")
  var layout = CSVExport.Layout.long

  @Flag(help: "For mlflow and capsule: include trained networks.")
  var networks = false

  @Flag(help: "For networks: a run's raw weights, not their moving average.")
  var raw = false

  @OptionGroup var store: StoreOptions

  func validate() throws {
    if all, !sources.isEmpty { throw ValidationError("Choose one of names and --all.") }
    if !all, sources.isEmpty { throw ValidationError("Name experiments or runs, or say --all.") }
    if format == .experimentFile, all || sources.count != 1 {
      throw ValidationError("experiment-file takes one experiment.")
    }
    if format.isOfNetworks, sources.count != 1 {
      throw ValidationError("\(format.rawValue) takes one network.")
    }
    if raw, !format.isOfNetworks {
      throw ValidationError("--raw goes with safetensors and diffusers.")
    }
    if networks, ![.mlflow, .capsule].contains(format) {
      throw ValidationError("--networks goes with mlflow and capsule.")
    }
  }

  func run() async throws {
    guard !FileManager.default.fileExists(atPath: output) else {
      throw Failure(
        .cannotCreate,
        "'\(printable(output))' already exists; remove it, or choose another name")
    }
    if format == .experimentFile {
      try exportFile(of: sources[0])
    } else if format.isOfNetworks {
      try exportNetwork()
    } else {
      try exportRuns()
    }
    printDiagnostic("wrote \(printable(output))")
  }

  private func exportNetwork() throws {
    let network = try NetworkSource(sources[0], raw: raw, store: store).network
    try network.requireProcess()
    switch format {
    case .diffusers: try network.writeDiffusersFolder(to: output)
    default: try AtomicFile.write(network.bytes(), to: output)
    }
  }

  /// One file, or a folder with those that it extends.
  private func exportFile(of experiment: String) throws {
    let text = ExperimentText(joined: try store.open().experiment(experiment).fileText)
    let files = text.saved(as: (output as NSString).lastPathComponent)
    guard files.contains(where: { !$0.text.isEmpty }) else {
      throw Failure(.notFound, "the store has no file of '\(printable(experiment))'")
    }
    if files.count == 1 {
      try AtomicFile.write(Array(files[0].text.utf8), to: output)
    } else {
      // A capsule's text is foreign.
      if let file = files.first(where: {
        $0.path.hasPrefix("/") || $0.path.split(separator: "/").contains("..")
      }) {
        throw Failure(
          .badInput, "it extends '\(printable(file.path))', which is outside of its own folder")
      }
      for file in files {
        let path = "\(output)/\(file.path)"
        try makeFolder((path as NSString).deletingLastPathComponent)
        try AtomicFile.write(Array(file.text.utf8), to: path)
      }
    }
    if !text.overrides.isEmpty {
      printDiagnostic(
        "it was run with \(text.overrides.map(ShellText.word).joined(separator: " "))")
    }
  }

  private func exportRuns() throws {
    let store = try store.open()
    let sources = all ? try store.experiments().map(\.name) : self.sources
    let selection = try ExportSelection(sources, store: store, orphans: format == .capsule)
    if selection.orphansLeftOut > 0 {
      printDiagnostic(
        "left out \(DecimalText.counted(selection.orphansLeftOut, "run")) that are no longer in the experiment's "
          + "file; name a run to include it")
    }
    switch format {
    case .csv: try CSVExport(selection, layout: layout).write(to: output)
    case .jsonl: try JSONLinesExport(selection).write(to: output)
    case .tensorboard: try TensorBoardExport(selection).write(to: output)
    case .mlflow:
      let changed = try MLflowExport(selection, networks: networks).write(to: output)
      if let example = changed.min(by: { $0.key < $1.key }) {
        printDiagnostic(
          "MLflow does not accept \(DecimalText.counted(changed.count, "name")), like "
            + "'\(printable(example.value))', now '\(printable(example.key))'; each run's artifact "
            + "workbench/names.json has the original ones")
      }
    case .capsule:
      let omissions = try CapsuleExport(selection, networks: networks).write(to: output)
      if omissions.networks > 0 {
        printDiagnostic(
          "left out \(DecimalText.counted(omissions.networks, "network")); --networks includes them"
        )
      }
      for hash in omissions.files {
        printDiagnostic(
          "left out artifact \(hash.prefix(12)): its file is missing, damaged or too large")
      }
    case .safetensors, .diffusers, .experimentFile: break
    }
    printDiagnostic(DecimalText.counted(selection.runs.count, "run"))
  }
}
