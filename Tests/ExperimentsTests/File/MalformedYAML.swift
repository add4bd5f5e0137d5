extension MalformedFile {
  /// Texts that are not YAML, or not the YAML of experiment files.
  static let yaml: [MalformedFile] = [
    MalformedFile(
      "empty", "",
      ["1:1: the file is empty"]),
    MalformedFile(
      "only a comment", "# nothing\n",
      ["1:1: the file is empty"]),
    MalformedFile(
      "a list",
      "- a\n- b\n",
      ["1:1: an experiment file is a mapping of keys to values, not a list"]),
    MalformedFile(
      "a scalar", "hello\n",
      ["1:1: an experiment file is a mapping of keys to values, not 'hello'"]),
    MalformedFile(
      "open bracket",
      "data: {source: shapes\ntraining: {steps: 1}\n",
      [
        "2:9: this is not YAML: did not find expected ',' or '}' while parsing a flow mapping (begun on line 1)"
      ]),
    MalformedFile(
      "missing comma", "data: {source: shapes size: 32}\n",
      [
        "1:27: this is not YAML: did not find expected ',' or '}' while parsing a flow mapping"
      ]),
    MalformedFile(
      "colon in prose", "question: what: this\n",
      ["1:15: this is not YAML: mapping values are not allowed in this context"]),
    MalformedFile(
      "tab indent",
      "training:\n\tsteps: 1\n",
      ["2:1: a tab in the indentation"]),
    MalformedFile(
      "unclosed quote",
      "name: \"x\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:7: this is not YAML: found unexpected end of stream while scanning a quoted scalar"]),
    MalformedFile(
      "bad indentation",
      "training:\n  steps: 1\n batch: 2\n",
      [
        "3:2: this is not YAML: did not find expected key while parsing a block mapping (begun on line 1)"
      ]),
    MalformedFile(
      "stray at sign", "name: @x\n",
      ["1:7: this is not YAML: found character that cannot start any token"]),
    MalformedFile(
      "duplicate key block",
      "training:\n  steps: 1\n  batch: 2\n  steps: 3\n",
      ["4:3: the key 'steps' is given twice"]),
    MalformedFile(
      "duplicate key flow", "training: {steps: 1, batch: 2, steps: 3}\n",
      ["1:32: the key 'steps' is given twice"]),
    MalformedFile(
      "duplicate section",
      "data: {source: shapes}\ntraining: {steps: 1}\ntraining: {steps: 2}\n",
      ["3:1: the key 'training' is given twice"]),
    MalformedFile(
      "anchor",
      "data: &d {source: shapes}\ntraining: {steps: 1}\n",
      ["1:7: anchors are not used in experiment files"]),
    MalformedFile(
      "alias",
      "data: {source: shapes}\ntraining: *t\n",
      ["2:11: aliases are not used in experiment files"]),
    MalformedFile(
      "merge key", "training: {<<: x, steps: 1}\n",
      ["1:12: unknown key '<<' in 'training'"]),
    MalformedFile(
      "tag", "training: {steps: !!int 1}\n",
      ["1:19: tags are not used in experiment files"]),
    MalformedFile(
      "two documents",
      "data: {source: shapes}\ntraining: {steps: 1}\n---\nname: x\n",
      ["3:1: a second document begins here"]),
    MalformedFile(
      "directive",
      "%YAML 1.2\n---\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:1: YAML directives are not used in experiment files"]),
    MalformedFile(
      "control character",
      "name: a\u{1}b\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:8: the control character U+0001 has no place in an experiment file"]),
    MalformedFile(
      "a list as key",
      "[a, b]: 1\ndata: {source: shapes}\ntraining: {steps: 1}\n",
      ["1:1: a key is a word, not a list or a mapping"]),
  ]
}
