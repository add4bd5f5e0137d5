/// Lists of tasks, `- [ ] open` and `- [x] done`: a box at the beginning of the first line.
enum Tasks {
  static func settle(_ document: MarkdownTree) {
    for task in document.nodes() where MarkdownTree.kind(task) == .task {
      let isDone = MarkdownTree.isDone(task)
      MarkdownTree.makePlain(task: task)
      let box =
        "<input class=\"task\" type=\"checkbox\" disabled=\"\"\(isDone ? " checked=\"\"" : "") "
        + "aria-label=\"\(isDone ? "done" : "to do")\" /> "
      if let first = MarkdownTree.children(task).first, MarkdownTree.kind(first) == .paragraph {
        document.add(inline: box, to: first, atEnd: false)
      } else {
        MarkdownTree.prepend(block: box, to: task)
      }
    }
  }
}
