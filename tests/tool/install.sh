#!/bin/bash
# Installs into a folder, builds the examples outside the tree against what was installed, and runs what came of it.
# Arguments: the build folder, the source folder.
set -eu
build=$1 source=$2
[ "$(id -u)" = 0 ] || { echo "skipped: needs CAP_BPF and CAP_PERFMON (run as root)"; [ -n "${SONDA_NO_SKIP-}" ] && exit 1; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache

cmake --install "$build" --prefix "$work/usr" >"$work/log"
for file in bin/sonda bin/cdsnoop bin/pagefaultcount libexec/sonda/sonda-compile libexec/sonda/sonda-disassemble \
    share/sonda/probes/pagefaultcount.c share/sonda/examples/profile.c \
    share/sonda/lessons/01-first-uprobe/lesson.md \
    share/sonda/kernel/include/sonda/macros.h include/sonda/probe.h; do
    [ -f "$work/usr/$file" ] || { echo "not installed: $file"; exit 1; }
done

echo "the installed tool uses the installed probe"
"$work/usr/bin/pagefaultcount" -v -d 0.1 >"$work/out" 2>&1
grep -q "$work/usr/share/sonda/probes/pagefaultcount.c" "$work/out" || { cat "$work/out"; exit 1; }

echo "the installed sonda finds installed probes by name"
"$work/usr/bin/sonda" -v run pagefaultcount_classic -d 0.1 >"$work/out" 2>&1
grep -q "$work/usr/share/sonda/probes/pagefaultcount_classic.c" "$work/out" || { cat "$work/out"; exit 1; }

echo "the installed sonda finds its lessons, and a stripped one the functions that they probe"
strip "$work/usr/bin/sonda"
"$work/usr/bin/sonda" learn --folder "$work/learn" | grep -q 'first-uprobe'
mkdir -p "$work/learn"
cp "$work/usr/share/sonda/lessons/01-first-uprobe/solution.c" "$work/learn/01-first-uprobe.c"
"$work/usr/bin/sonda" learn check 1 --folder "$work/learn" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }

if [ -n "${SONDA_TEST_PATIENCE-}" ]; then
    echo "skipped: needs a machine that is not emulated, to build C++ in reasonable time"
    exit 77
fi
echo "a program outside the tree finds the package"
cmake -S "$source/examples" -B "$work/examples" -G Ninja -DCMAKE_PREFIX_PATH="$work/usr" >"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
cmake --build "$work/examples" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$work/examples/examples/perf_event" 0.3 | tee "$work/out"
grep -q '^TID' "$work/out"
