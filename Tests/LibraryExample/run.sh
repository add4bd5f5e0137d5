#!/usr/bin/env bash
# Builds the example against a tagged copy of this repository, as a dependency by version, and runs it. A minute or two.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/.build/example
unset WORKBENCH_OPTIMISED # SwiftPM refuses unsafe flags in a dependency by version

# docs/library.md shows the program.
awk '/^```swift$/ { shown = 1; next } /^```$/ { if (shown) exit } shown' "$root/docs/library.md" |
  diff - "$here/Sources/Example/main.swift" ||
  { echo 'docs/library.md shows another program than Tests/LibraryExample' >&2; exit 1; }

# Of the working tree, committed or not.
rm -rf "$build/workbench" "$build/package"
mkdir -p "$build/workbench"
git -C "$root" ls-files -z --cached --others --exclude-standard -- Package.swift Sources Tests |
  (cd "$root" && xargs -0 ls -d 2>/dev/null) | tar -C "$root" -cf - -T - | tar -C "$build/workbench" -xf -
cd "$build/workbench"
git init --quiet
git add --all
git -c user.name=example -c user.email=example@localhost commit --quiet --message 'A copy'
git tag 0.1.0

cp -r "$here" "$build/package"
cd "$build/package"
export WORKBENCH_REPOSITORY=$build/workbench
${SWIFT:-swift} build -c release --scratch-path "$build/scratch"
rm -f shapes.png
"$(${SWIFT:-swift} build -c release --scratch-path "$build/scratch" --show-bin-path)/Example"
test -s shapes.png
