#!/bin/bash
# The example probes, as docs/tour.md shows them: all are checked and run for a moment, those that are to be refused
# are, for the reason that the tour gives, and the tour names each of them. Arguments: the build folder, the source
# folder.
set -u
sonda=$1/bin/sonda
cd "$2" || exit 1
skip() { echo "skipped: $1"; [ -n "${SONDA_NO_SKIP-}" ] && exit 1; exit 77; }
[ "$(id -u)" = 0 ] || skip "needs CAP_BPF and CAP_PERFMON (run as root)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=${SONDA_TEST_CACHE:-$work/cache}

failed=0 taken=0
fail() {
    echo "FAILED: $1"
    cat "$work/out" "$work/err"
    failed=1
}
# What the first line of an error says, without the program's name.
reason() { head -n 1 "$work/err" | cut -d: -f2-; }
sonda() { "$sonda" "$@" >"$work/out" 2>"$work/err" </dev/null; }

# What each needs on the command line; all others say everything themselves. The network's run in a network namespace of
# their own, where nobody else's packets are.
declare -A options=(
    [execs]="--attach tracepoint:sched:sched_process_exec=on_exec"
    [returns]="--attach uretprobe:/bin/bash:cd_builtin=on_return"
    [switches]="--attach software:context-switches:1=on_switch"
    [shared_tracing]="examples/probes/shared_network.c"
    [shared_network]="examples/probes/shared_tracing.c"
)
alone() {
    case $1 in
        xdp_* | tc_* | socket_* | helpers | shared_*) unshare --net "${@:2}" ;;
        *) "${@:2}" ;;
    esac
}
# Why it cannot be run as it is, or nothing.
needs() {
    case $1 in
        user_watchpoint) echo "an address of a program" ;;
        cgroup_*) [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || echo "cgroup v2 at /sys/fs/cgroup" ;;
    esac
}

for probe in examples/probes/*.c; do
    name=$(basename "$probe" .c)
    sonda check "$probe"
    case $? in
        0) taken=$((taken + 1)) ;;
        77) echo "not for this kernel: $name:$(reason)" && continue ;;
        *) fail "sonda check $probe" && continue ;;
    esac
    need=$(needs "$name")
    [ -z "$need" ] || { echo "not run: $name: needs $need"; continue; }
    # shellcheck disable=SC2086  # options are words
    alone "$name" "$sonda" run -d 0.3 "$probe" ${options[$name]-} >"$work/out" 2>"$work/err" </dev/null
    case $? in
        0) ;;
        77) echo "not for this machine: $name:$(reason)" ;;
        *) fail "sonda run $probe" ;;
    esac
done

for probe in examples/refused/*.c; do
    sonda check "$probe"
    [ $? = 1 ] || fail "$probe was not refused"
    # The verifier's own words differ from kernel to kernel; place, meaning and hint are the same.
    place=$(head -n 1 "$work/err" | grep -oE "^sonda: [a-z]+: $probe:[0-9]+: ") || fail "$probe: no place in it is named"
    grep -qF "$place" docs/tour.md || fail "docs/tour.md does not show '$place'"
    meanings=$(grep -E '^(hint(:| \(tried)|      = )' "$work/err") || fail "$probe: no reason is given"
    while IFS= read -r line; do
        grep -qxF -- "$line" docs/tour.md || fail "docs/tour.md does not show '$line'"
    done <<<"$meanings"
done

for probe in examples/probes/*.c examples/refused/*.c; do
    name=$(basename "$probe" .c)
    grep -qE "(^|[^a-z_])$name\.c([^a-z_]|$)" docs/tour.md || { echo "FAILED: docs/tour.md does not name $probe"; failed=1; }
done
while read -r name; do
    [ -f "$name" ] || { echo "FAILED: docs/tour.md names $name, which is not there"; failed=1; }
done < <(grep -oE 'examples/(probes|refused)/[a-z_]+\.c' docs/tour.md | sort -u)

[ "$failed" = 0 ] || exit 1
[ "$taken" -gt 0 ] || skip "this kernel takes none of the examples"
echo "$taken probes were taken and run"
