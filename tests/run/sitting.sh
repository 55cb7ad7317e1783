#!/bin/bash
# A lesson whose worker is killed goes on: the run is over by its records, a new worker has what was done.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
unset VISUAL EDITOR
export WATTLE_PATH=$scratch/course
mkdir "$WATTLE_PATH"
cat >"$WATTLE_PATH/test-01.lua" <<'END'
local w = require "wattle"
return w.lesson { api = 1, id = "test.01", title = "Deaths", minutes = 1, goals = { "Survive" },
  w.text "# Begin\n\nA run follows.",
  w.quiz { id = "q1", points = 2, ask = "Twice 4?",
    choices = { { "8", right = true, say = "Yes." }, { "9", say = "No." } } },
  w.run { id = "endless", title = "Endless", body = function() while true do end end },
  w.text "# End\n\nThat was it." }
END

# until_says PATTERN [TIMES] : the lesson has.
until_says() {
	for _ in $(seq 200); do
		[ "$(grep -c -- "$1" "$scratch/out")" -ge "${2:-1}" ] && return 0
		sleep 0.05
	done
	fail "it never said '$1': $(cat "$scratch/out")"
	return 1
}

# The worker of our own lesson, and none else.
kill_worker() {
	local child
	for child in $(pgrep -P "$lesson"; pgrep -P "$(pgrep -P "$lesson" | head -n 1)"); do
		case $(tr '\0' ' ' <"/proc/$child/cmdline" 2>/dev/null) in
		wattle-worker*) kill -KILL "$child" && return 0 ;;
		esac
	done
	fail 'no worker to kill'
}

mkfifo "$scratch/keys"
"$build/wattle" lesson test.01 --linear --energy none <"$scratch/keys" >"$scratch/out" 2>&1 &
lesson=$!
exec 9>"$scratch/keys"
until_says 'A run follows'
kill_worker
until_says 'The worker was killed; a new one has all that you did'
printf 'next\n1\n' >&9
until_says '^Right'
printf 'next\nrun\n' >&9
until_says '^Running\|stop'
sleep 0.3
kill_worker
until_says 'The worker was killed: the run is lost, all else is back'
printf 'next\n' >&9
printf 'back\nback\n' >&9
until_says 'You answered\|Right' 2
printf 'quit\nquit\n' >&9
exec 9>&-
wait "$lesson" || fail "it ends with status $?"

# An attempt is hidden, with --headless or without.
"$build/wattle" lesson test.01 --headless --forget >"$scratch/out" 2>&1 || fail "--headless --forget: status $?"
says out '^Attempt 1 at test.01 is hidden: 2 of 2 points'

# Much progress takes a while to read, and that is told.
sed -n 1p "$HOME/.local/state/wattle/progress.jsonl" >"$scratch/line"
yes "$(cat "$scratch/line")" | head -c 5000000 >>"$HOME/.local/state/wattle/progress.jsonl"
timeout 60 "$build/wattle" lesson --linear </dev/null >"$scratch/out" 2>&1 || fail "much progress: status $?"
says out '^Reading what you did'
says out 'no whole line: they are put\|cut off'
exit $failed
