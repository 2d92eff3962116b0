#!/bin/bash
# Installs into a folder, builds the examples outside the tree against what was installed, and runs what came of it.
# Arguments: the build folder, the source folder.
set -eu
build=$1 source=$2
[ "$(id -u)" = 0 ] || { echo "skipped: needs CAP_BPF and CAP_PERFMON (run as root)"; [ -n "${SONDA_NO_SKIP-}" ] && exit 1; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache

# The manifest is the build folder's own, and uninstalling reads it: both stay as they were for whoever uses the folder.
mkdir "$work/manifests"
find "$build" -maxdepth 1 -name 'install_manifest*.txt' -exec mv -t "$work/manifests" {} +
put_back() { rm -f "$build"/install_manifest*.txt; mv -t "$build" "$work"/manifests/* 2>/dev/null || :; rm -rf "$work"; }
trap put_back EXIT

# Staged, as packages are made; then it is where the prefix says.
DESTDIR=$work/stage cmake --install "$build" --prefix "$work/usr" >"$work/log"
[ ! -e "$work/usr" ] || { echo "DESTDIR was not heeded"; exit 1; }
mv "$work/stage$work/usr" "$work/usr"
for file in bin/sonda bin/cdsnoop bin/pagefaultcount libexec/sonda/sonda-compile libexec/sonda/sonda-disassemble \
    share/sonda/probes/pagefaultcount.c share/sonda/examples/profile.c \
    share/sonda/lessons/01-first-uprobe/lesson.md share/sonda/sonda.schema.json \
    share/sonda/kernel/include/sonda/macros.h include/sonda/probe.h \
    share/doc/sonda/README.md share/doc/sonda/LICENSE share/doc/sonda/CHANGELOG.md share/doc/sonda/docs/run.md \
    share/doc/sonda/examples/perf_event.cpp; do
    [ -f "$work/usr/$file" ] || { echo "not installed: $file"; exit 1; }
done
bcc_library=$(find "$work/usr" -path '*/sonda/bcc/libbcc.so.0')
[ -f "$bcc_library" ] || { echo "not installed: the library for BCC's Python"; exit 1; }
# What an installed document links to is installed, too.
(cd "$work/usr/share/doc/sonda" && for page in README.md docs/*.md; do
    grep -oE '\]\([a-z/._-]+\)' "$page" | tr -d '()]' | while read -r link; do
        [ -e "$(dirname "$page")/$link" ] || { echo "$page links to $link, which is not installed"; exit 1; }
    done || exit 1
done)
size=$(du -sm "$work/usr" | cut -f1)
echo "installed: $size MiB"
[ "$size" -le 30 ]

echo "programs have no debug information, and say where it is; --component debug puts it there"
# A word that only full symbols have; the lessons' functions alone stay.
if nm "$work/usr/bin/cdsnoop" 2>/dev/null | grep -q .; then echo "cdsnoop has its symbols"; exit 1; fi
if readelf -S "$work/usr"/bin/* "$work/usr"/libexec/sonda/* "$work/usr"/lib*/libsonda.a "$work/usr"/lib/*/libsonda.a 2>/dev/null |
    grep -q debug_info; then echo "there is debug information"; exit 1; fi
DESTDIR=$work/stage cmake --install "$build" --prefix "$work/usr" --component debug >"$work/log"
cp -a "$work/stage$work/usr/." "$work/usr"
readelf -p .gnu_debuglink "$work/usr/bin/cdsnoop" | grep -q 'cdsnoop.debug'
readelf -S "$work/usr/bin/.debug/cdsnoop.debug" | grep -q debug_line

# alone COMMAND...: where neither the tree nor what was built is to be seen, as after both are gone.
alone() {
    unshare -m bash -c 'mount -t tmpfs nothing "$0" && mount -t tmpfs nothing "$1" && shift && exec "$@"' \
        "$source" "$hidden_build" "$@"
}
hidden_build=$build
[ -n "${build##"$source"/*}" ] || hidden_build=$work/stage  # it lies in the tree, and goes with it

echo "the installed tool uses the installed probe, compiled with the installed headers"
alone "$work/usr/bin/pagefaultcount" -v -d 0.1 >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
grep -q "$work/usr/share/sonda/probes/pagefaultcount.c" "$work/out" || { cat "$work/out"; exit 1; }

echo "the installed sonda finds installed probes and examples by name, and lists them"
alone "$work/usr/bin/sonda" -v run pagefaultcount_classic -d 0.1 >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
grep -q "$work/usr/share/sonda/probes/pagefaultcount_classic.c" "$work/out" || { cat "$work/out"; exit 1; }
alone "$work/usr/bin/sonda" run opens --map opens -- cat "$work/usr/share/doc/sonda/LICENSE" >"$work/out" 2>&1 ||
    { cat "$work/out"; exit 1; }
grep -qE '^ +[0-9]+ +[0-9]+ .* cat$' "$work/out" || { cat "$work/out"; exit 1; }
alone "$work/usr/bin/sonda" run >"$work/out"
grep -q '^opens  *who opens files' "$work/out" || { cat "$work/out"; exit 1; }
[ "$(grep -cE '^[a-z_]+  ' "$work/out")" = "$(find "$work/usr/share/sonda/probes" "$work/usr/share/sonda/examples" -name '*.c' | wc -l)" ]

echo "the installed sonda gives BCC's Python the installed library"
if [ -e /usr/lib/python3/dist-packages/bcc/__init__.py ]; then
    cat >"$work/tool.py" <<'PYTHON'
import ctypes, os
from bcc import BPF
bpf = BPF(text="""
BPF_ARRAY(calls, u64, 1);
TRACEPOINT_PROBE(raw_syscalls, sys_enter) {
  if (bpf_get_current_pid_tgid() >> 32 == PID && args->id == 39) calls.increment(0);
  return 0;
}""", cflags=["-DPID=%d" % os.getpid()])
for _ in range(100): ctypes.CDLL(None).syscall(39)
print("calls:", bpf["calls"][0].value)
with open("/proc/self/maps") as maps: print({line.split()[-1] for line in maps if "libbcc.so" in line})
PYTHON
    alone "$work/usr/bin/sonda" bcc --python "$work/tool.py" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
    [ "$(uname -m)" != x86_64 ] || grep -q '^calls: 100$' "$work/out" || { cat "$work/out"; exit 1; }
    grep -q "$bcc_library" "$work/out" || { cat "$work/out"; exit 1; }
fi

echo "the installed sonda finds its lessons, and the functions that they probe"
alone "$work/usr/bin/sonda" learn --folder "$work/learn" | grep -q 'first-uprobe'
mkdir -p "$work/learn"
cp "$work/usr/share/sonda/lessons/01-first-uprobe/solution.c" "$work/learn/01-first-uprobe.c"
alone "$work/usr/bin/sonda" learn check 1 --folder "$work/learn" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }

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

echo "uninstalling leaves nothing of it, and nothing else is gone"
mkdir -p "$work/other/bin" "$work/other/share/sonda"
echo mine >"$work/other/bin/mine"
echo mine >"$work/other/share/sonda/mine"
cmake --install "$build" --prefix "$work/other" >"$work/log"
cmake --install "$build" --prefix "$work/other" --component debug >"$work/log"
cmake --build "$build" --target uninstall >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
left=$(cd "$work/other" && find . -type f | sort | paste -sd' ')
[ "$left" = "./bin/mine ./share/sonda/mine" ] || { echo "left: $left"; exit 1; }
if find "$work/other" -mindepth 2 -name 'sonda' -empty | grep -q .; then echo "empty folders are left"; exit 1; fi
if cmake --build "$build" --target uninstall >"$work/log" 2>&1; then echo "there was nothing to uninstall"; exit 1; fi
grep -q "nothing to uninstall" "$work/log"
