#!/bin/bash
# What root is not tricked into, and whether what goes wrong is told by its right name. Arguments: the build folder.
set -u
sonda=$1/bin/sonda
skip() { echo "skipped: $1"; [ -n "${SONDA_NO_SKIP-}" ] && exit 1; exit 77; }
[ "$(id -u)" = 0 ] || skip "needs CAP_BPF and CAP_PERFMON (run as root)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
cd "$work" || exit 1

failed=0
fail() {
    echo "FAILED: $1"
    cat out err
    failed=1
}
# expect STATUS TEXT WHAT: how the last run ended, and what it said on its standard error.
expect() {
    [ "$status" = "$1" ] || fail "$3: status $status, not $1"
    [ -z "$2" ] || grep -qF -- "$2" err || fail "$3: not told: $2"
}
run() { "$sonda" run "$@" >out 2>err </dev/null; status=$?; }

cat >ticks.c <<'C'
BPF_ARRAY(counts, u64, 1);
// @attach interval:ms:5
int tick(void *ctx) { counts.increment(0); return 0; }
C
cat >stacks.c <<'C'
BPF_STACK_TRACE(stacks, 64);
BPF_HASH(counts, int, u64);
// @attach interval:ms:5
int tick(void *ctx) { int id = stacks.get_stackid(ctx, 0); counts.increment(id); return 0; }
C
run ticks.c -d 0
expect 0 "" "a probe that is right"

# Files for output.
echo mine >precious
ln -s precious link.svg
run stacks.c --flamegraph link.svg -d 0.2
expect 0 "" "a flame graph in the place of a link"
[ "$(cat precious)" = mine ] || fail "what a link led to was written"
[ -f link.svg ] && [ ! -L link.svg ] && grep -q "<svg" link.svg || fail "the flame graph is not in the link's place"
mkfifo pipe.svg
run ticks.c --flamegraph pipe.svg -d 5
expect 2 "it is a pipe" "a flame graph into a pipe"
run ticks.c --flamegraph /nonexistent/x.svg -d 5
expect 2 "/nonexistent/x.svg" "a flame graph into a folder that is not there"
run ticks.c --flamegraph /dev/null -d 5
expect 2 "it is a device" "a flame graph into a device"
[ -c /dev/null ] || fail "/dev/null is no device any more"
mkdir full && mount -t tmpfs -o size=8k none full && echo old >full/x.svg
head -c 100000 /dev/zero >full/filler 2>/dev/null
run stacks.c --flamegraph full/x.svg -d 0.2
expect 1 "No space left on device" "a flame graph onto a full disk"
[ "$(cat full/x.svg)" = old ] || fail "the old flame graph is gone"
[ "$(ls -A full | sort | tr '\n' ' ')" = "filler x.svg " ] || fail "something was left on the full disk"
umount full

# Programs that root would run.
mkdir helpers && cp /bin/true helpers/sonda-compile && chown -R nobody helpers
SONDA_LIBEXEC=$work/helpers run --no-cache ticks.c -d 0
expect 1 "belongs to user" "a worker of another user's"
SUDO_UID=$(id -u nobody) SONDA_LIBEXEC=$work/helpers run --no-cache ticks.c -d 0
expect 1 "belongs to user" "a worker of the user's who called sudo"

# Limits of the process are not what the kernel lacks.
for files in 5 6 7 8 9 10; do
    (ulimit -n $files; exec "$sonda" run ticks.c -d 0) >out 2>err </dev/null && continue
    # The loader of libraries has its own words.
    grep -q "Too many open files\|error while loading shared libraries" err || fail "$files open files: the reason is not told"
    grep -q "this kernel\|newer" err && fail "$files open files: said of the kernel"
done
told=$( (ulimit -f 0; "$sonda" run ticks.c --no-cache -d 0 2>&1 >/dev/null </dev/null; echo "status $?") | cat)
[[ $told == *"too large"*"status 1" ]] || fail "no file may grow: $told"
told=$( (ulimit -f 0; "$sonda" run ticks.c -d 0 --attach interval:ms:7=tick </dev/null 2>&1; echo "status $?") | cat)
[[ $told == *"counts: "*"status 0" ]] || fail "no file may grow, and nothing needs to: $told"
find "$XDG_CACHE_HOME" -name '.*' -type f | grep . && fail "something was left in the cache"

# Not a word of the standard library's, wherever its calls fail.
mkdir gone && (cd gone && rmdir ../gone && "$sonda" learn --folder here >../out 2>../err </dev/null)
status=$?
expect 1 "here: No such file or directory" "a folder that is gone"
! grep -q "filesystem error" err || fail "the standard library's own words are shown"

# Whoever reads programs' code with LLVM has a filter before it does.
strace -f -o calls -e trace=execve,seccomp,write "$sonda" explain ticks.c >out 2>err
filters=$(awk '/execve/ { is = /sonda-disassemble/ ? $1 : is } $1 == is && /SECCOMP_SET_MODE_FILTER, 0, {len/ { set = 1 }
    $1 == is && /write\(1/ { print set ? "confined" : "not confined" }' calls | sort -u)
[ "$filters" = confined ] || fail "the disassembler is not confined: '$filters'"

# Streams that are closed, and a terminal that goes.
"$sonda" run ticks.c -d 0 >&- 2>err </dev/null
status=$?
expect 1 "standard output: cannot write" "a standard output that is closed"
SONDA_NOTIFY_READY=9 "$sonda" run ticks.c >out 2>err </dev/null 9>ready &
pid=$!
for _ in $(seq 200); do grep -q ready ready 2>/dev/null && break; sleep 0.05; done
sleep 0.3
kill -HUP $pid
wait $pid
grep -q "^counts" out || fail "a terminal that goes away: the map is not shown"

# What is left by a compile that is killed, the next one takes away.
before=$(find /run -maxdepth 1 -name 'sonda-??????' | wc -l)
head -c 900000 /dev/zero | tr '\0' '\n' >long.c
for i in $(seq 400); do echo "int g$i(void *ctx) { return bpf_ktime_get_ns() * $i; }"; done >>long.c
"$sonda" check --no-cache long.c >out 2>err </dev/null &
pid=$!
for _ in $(seq 100); do [ "$(find /run -maxdepth 1 -name 'sonda-??????' | wc -l)" -gt "$before" ] && break; sleep 0.01; done
kill -KILL $pid
wait $pid 2>/dev/null
left=$(find /run -maxdepth 1 -name 'sonda-??????' | sort)
run --no-cache ticks.c -d 0
for folder in $left; do
    # One that somebody else's compile holds at this moment stays.
    [ ! -d "$folder" ] || ! flock -n "$folder" true || fail "left behind: $folder"
done

exit $failed
