#!/bin/bash
# Each row of docs/privileges.md, as an unprivileged user with just what it says, from an empty cache; and without each
# of the capabilities, when a capability must be what it misses. Arguments: the build folder, the source folder.
set -u
bin=$1/bin source=$2
skip() { echo "skipped: $1"; [ -n "${SONDA_NO_SKIP-}" ] && exit 1; exit 77; }
[ "$(id -u)" = 0 ] || skip "needs CAP_BPF and CAP_PERFMON (run as root)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
failed=0

# with CAPABILITIES COMMAND...: as nobody, with these alone.
with() {
    local set
    set=-all$(for one in $1; do one=${one#CAP_}; printf ',+%s' "${one,,}"; done)
    rm -rf "$work/home"
    install -d -o nobody -g nogroup "$work/home"
    setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps "$set" --ambient-caps "$set" --bounding-set "$set" \
        env -i PATH="$PATH" HOME="$work/home" "${@:2}" >"$work/out" 2>"$work/err" </dev/null
}
can_reach() { setpriv --reuid nobody --regid nogroup --clear-groups test -x "$bin/sonda"; }
if ! can_reach; then  # as where it lies below /root: then what is installed from it
    cmake --install "$1" --prefix "$work/root" >/dev/null || exit 1
    bin=$work/root/bin
fi
cp "$source/examples/probes/iterator.c" "$work/iterator.c"
chmod 644 "$work/iterator.c"

declare -A context=([tc]=__sk_buff [socket]=__sk_buff [xdp]=xdp_md [uprobe]=pt_regs [uretprobe]=pt_regs)
# The command that a row stands for.
command_of() {
    case $1 in
        cdsnoop | pagefaultcount) echo "$bin/$1 -d 0.1" ;;
        iter:*) echo "$bin/sonda run $work/iterator.c" ;;
        *)
            printf '// @attach %s\nint f(%s *ctx) { return 0; }\n' "$1" \
                "$([ -n "${context[${1%%:*}]-}" ] && echo "struct ${context[${1%%:*}]}" || echo void)" >"$work/probe.c"
            chmod 644 "$work/probe.c"
            echo "$bin/sonda run $work/probe.c -d 0.1" ;;
    esac
}

rows=$(sed -n 's/^| `\([^`]*\)` | \(`CAP_.*`\) |$/\1|\2/p' "$source/docs/privileges.md" | tr -d '`')
[ "$(wc -l <<<"$rows")" -gt 10 ] || { echo "FAILED: no rows in docs/privileges.md"; exit 1; }
release=$(uname -r) major=${release%%.*} minor=${release#*.}
minor=${minor%%.*}
taken=0
while IFS='|' read -r what capabilities <&4; do
    # Before Linux 6.6, as the page says.
    [[ $what == u*probe:* && $((major * 1000 + ${minor%%[!0-9]*})) -lt 6006 ]] && capabilities+=" CAP_SYS_ADMIN"
    # shellcheck disable=SC2046
    if ! with "$capabilities" $(command_of "$what"); then
        echo "FAILED: $what with $capabilities:"
        cat "$work/err"
        failed=1
        continue
    fi
    taken=$((taken + 1))
    [[ $what == tracepoint:* ]] && mountpoint -q /sys/kernel/tracing && continue
    for left_out in $capabilities; do
        rest=$(tr ' ' '\n' <<<"$capabilities" | grep -vx "$left_out" | tr '\n' ' ')
        # shellcheck disable=SC2046
        if with "$rest" $(command_of "$what"); then
            echo "FAILED: $what needs no $left_out"
            failed=1
        elif ! grep -q "CAP_[A-Z_]* \(is\|and\)\|ermission denied" "$work/err"; then
            echo "FAILED: $what without $left_out does not say what is missing:"
            cat "$work/err"
            failed=1
        fi
    done
done 4<<<"$rows"
echo "$taken rows"
exit $failed
