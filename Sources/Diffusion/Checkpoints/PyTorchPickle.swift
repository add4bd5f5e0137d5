import Files
import Foundation

/// A file of Python's pickles, as `torch.save` writes it: not read here, since to read one is to run what it says.
struct PyTorchPickle {
  /// Nil where the bytes are no pickle.
  init?(_ bytes: [UInt8]) {
    // A zip archive whose first member is NAME/data.pkl; before PyTorch 1.6 a bare pickle of protocol 2.
    let isArchive =
      bytes.starts(with: [0x50, 0x4B, 3, 4])
      && !bytes.prefix(1024).split(separator: UInt8(ascii: "/")).dropFirst().allSatisfy {
        !$0.starts(with: Array("data.pkl".utf8))
      }
    let isBare = bytes.count >= 2 && bytes[0] == 0x80 && (2...5).contains(bytes[1])
    // A header of 128 or more by 256·2 bytes begins alike: safetensors goes on with "{".
    guard isArchive || (isBare && !(bytes.count > 8 && bytes[8] == UInt8(ascii: "{"))) else {
      return nil
    }
  }

  /// - Parameter path: the file.
  func refusal(_ path: String) -> DiffusionError {
    let stem = Paths.withoutEnding(path)
    // Never over what it is made of.
    let output = stem + (path.hasSuffix(".safetensors") ? ".converted.safetensors" : ".safetensors")
    return DiffusionError(
      .badInput,
      "'\(path)' is a PyTorch pickle, which is not read here, since reading one runs what is in it. "
        + "Where its source can be trusted, this makes a safetensors file of it "
        + "(of a whole pickled model, which torch.load then refuses, with weights_only=False):\n"
        + Self.conversion(from: path, to: output))
  }

  /// The command that writes a file of weights, a checkpoint with one under `state_dict`, or a model as safetensors.
  static func conversion(from path: String, to output: String) -> String {
    "  python3 -c 'import sys, torch; from safetensors.torch import save_file; "
      + "d = torch.load(open(sys.argv[1], \"rb\"), map_location=\"cpu\", weights_only=True); "
      + "d = d.state_dict() if hasattr(d, \"state_dict\") else d.get(\"state_dict\", d); "
      + "save_file({k: v.clone().contiguous() for k, v in d.items() if torch.is_tensor(v)}, sys.argv[2])' "
      + "\(quoted(path)) \(quoted(output))"
  }

  /// The command that writes a diffusers model's folder anew, in one safetensors file.
  static func conversion(ofFolder folder: String) -> String {
    "  python3 -c 'import sys; from diffusers import UNet2DModel; "
      + "UNet2DModel.from_pretrained(sys.argv[1], use_safetensors=False).save_pretrained(sys.argv[1])' "
      + quoted(folder)
  }

  /// A word of the shell.
  private static func quoted(_ text: String) -> String {
    let plain = CharacterSet(
      charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=,@%")
    return !text.isEmpty && text.unicodeScalars.allSatisfy(plain.contains)
      ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
