#!/bin/bash
# Runs each example on real input. Arguments: the build folder.
set -eu
build=$1
[ "$(id -u)" = 0 ] || { echo "skipped: needs CAP_BPF and CAP_PERFMON (run as root)"; [ -n "${SONDA_NO_SKIP-}" ] && exit 1; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# wait_for TEXT FILE: until the program has said so, for up to 60 s (see support/patience.h).
wait_for() {
    for _ in $(seq $((600 * ${SONDA_TEST_PATIENCE:-1}))); do
        if grep -q "$1" "$2" 2>/dev/null; then return 0; fi
        sleep 0.1
    done
    echo "never said: $1"
    cat "$2"
    return 1
}

echo "perf_event: a thread that was switched out is in the table"
"$build/examples/perf_event" 0.5 >"$work/out"
grep -qE '^[0-9]+ +.* +[0-9]+$' "$work/out" || { cat "$work/out"; exit 1; }

echo "ring_buffer: each program that starts, once"
"$build/examples/ring_buffer" 100000 >"$work/out" &
reader=$!
wait_for '^PID' "$work/out"
cp /bin/true "$work/only-for-this"
for _ in $(seq 23); do "$work/only-for-this"; done
cp /bin/true "$work/the-last-one"
"$work/the-last-one"
wait_for the-last-one "$work/out"
kill "$reader"
wait "$reader" || true
[ "$(grep -c ' only-for-this$' "$work/out")" = 23 ] || { cat "$work/out"; exit 1; }

echo "uretprobe: what a function returns, each time"
"$build/examples/uretprobe" /bin/bash cd_builtin $((3 * ${SONDA_TEST_PATIENCE:-1})) >"$work/out" &
counter=$!
wait_for counting "$work/out"
for _ in 1 2 3 4 5; do bash -c 'cd /; cd /nowhere 2>/dev/null; true'; done
wait "$counter"
awk '$1 == 0 { good = $2 } $1 == 1 { bad = $2 } END { exit !(good >= 5 && bad >= 5) }' "$work/out" || { cat "$work/out"; exit 1; }

echo "uretprobe: a symbol that is not there is an error that says so"
if "$build/examples/uretprobe" /bin/bash cd_buildin 1 2>"$work/err"; then exit 1; fi
grep -q "cd_builtin" "$work/err" || { cat "$work/err"; exit 1; }
