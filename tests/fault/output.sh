#!/bin/bash
# Whoever reads the results stalls, goes away or has no room: the run ends all the same, says so by its status, and leaves
# nothing behind.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/fault/lib.sh
. "${top_srcdir:-.}/tests/fault/lib.sh"

folder_made() { [ -n "$(ls "$XDG_RUNTIME_DIR/wattle" 2>/dev/null)" ]; }

# stalled STATUS SIGNAL FLAGS... : nobody reads the pipe that stands for stdout and stderr; it is full before the run begins.
mkfifo "$scratch/pipe"
exec 9<>"$scratch/pipe"
head -c 65536 /dev/zero | timeout 2 dd of="$scratch/pipe" bs=4096 oflag=nonblock 2>/dev/null
stalled() {
	local expected=$1 signal=$2 status=0
	shift 2
	(cd "$scratch/here" && exec "$build/wattle" run "$scratch/long.lua" "$@") >"$scratch/pipe" 2>"$scratch/pipe" &
	run=$!
	if [ -n "$signal" ]; then
		# The scratch folder is made behind the signals.
		within 10 folder_made
		kill "-$signal" "$run"
	fi
	(
		read -r -t 15 <> <(:)
		kill -9 "$run" 2>/dev/null
	) &
	local guard=$!
	wait "$run" || status=$?
	kill "$guard" 2>/dev/null
	[ "$status" -eq "$expected" ] || fail "stalled, $signal $*: status $status, not $expected"
	gone "stalled, $signal $*"
}
stalled 130 INT --json
stalled 5 '' --json --time-limit 1
stalled 143 TERM --plain
exec 9>&-

# A reader that goes: the run dies of SIGPIPE, after it has cleaned up.
closed() {
	local status
	(cd "$scratch/here" && exec "$build/wattle" run "$scratch/long.lua" "$@") 2>&1 | head -n 2 >/dev/null
	status=${PIPESTATUS[0]}
	[ "$status" -eq 141 ] || fail "closed pipe $*: status $status, not 141"
	gone "closed pipe $*"
}
closed --json
closed --plain

# A full disk.
full() {
	local status=0
	(cd "$scratch/here" && exec "$build/wattle" "$@") >/dev/full 2>"$scratch/err" || status=$?
	[ "$status" -eq 4 ] || fail "wattle $* >/dev/full: status $status, not 4"
	grep -q 'No space left' "$scratch/err" || fail "wattle $* >/dev/full: $(tail -n 1 "$scratch/err")"
	gone "wattle $* >/dev/full"
}
full --help
full --version
full list commands
full list kernels
full list kernels --json
full run "$scratch/long.lua" --json
full run "$source/tests/run/block.lua" --plain

# A script that floods the log.
cat >"$scratch/flood.lua" <<'LUA'
for i = 1, 100000 do print(("x"):rep(500)) end
return {}
LUA
timeout 20 "$build/wattle" run "$scratch/flood.lua" --json >"$scratch/out" 2>"$scratch/err"
bytes=$(grep '"type":"log"' "$scratch/out" | wc -c)
[ "$bytes" -lt 100000 ] || fail "a script logged $bytes bytes"
grep -q 'the log is cut' "$scratch/out" || fail 'a log is cut without a word'
exit $failed
