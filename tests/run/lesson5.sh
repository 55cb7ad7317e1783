#!/bin/bash
# Lesson 5 from start to end: by answers without a screen, in sentences, and by the keyboard alone at 80 x 24.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
answers='{"p1":{"choice":3,"confidence":4,"why":"smaller"},"q1":{"choice":1},"q2":{"choice":1}}'
printf '%s\n' "$answers" >"$scratch/answers.json"

# By answers: every kind of step, one verdict an arm and metric, all points.
status=0
timeout 120 "$build/wattle" lesson green.05 --headless --fast --energy none --answers "$scratch/answers.json" --json \
	>"$scratch/headless" 2>"$scratch/headless.err" || status=$?
[ "$status" -eq 0 ] || fail "headless: status $status: $(cat "$scratch/headless.err")"
for kind in text predict run reveal quiz; do
	grep -q "\"type\":\"step\".*\"kind\":\"$kind\"" "$scratch/headless" || fail "headless: no $kind step"
done
[ "$(grep -c '"type":"verdict"' "$scratch/headless")" -eq 9 ] || fail 'headless: not 3 arms by 3 metrics'
grep '"type":"check"' "$scratch/headless" | grep -q '"pass":false' && fail 'headless: a right answer was refused'
grep -q '{{' "$scratch/headless" && fail 'headless: a template was not filled'

# A wrong answer is told, and the exit status says so; a missing one names the question.
sed 's/"q1":{"choice":1}/"q1":{"choice":3}/' "$scratch/answers.json" >"$scratch/wrong.json"
timeout 120 "$build/wattle" lesson 5 --headless --fast --energy none --answers "$scratch/wrong.json" --quiet \
	>"$scratch/wrong" 2>&1
[ $? -eq 1 ] || fail 'a wrong answer does not exit 1'
timeout 60 "$build/wattle" lesson 5 --headless --fast --answers /dev/null >"$scratch/none" 2>&1
[ $? -eq 2 ] || fail 'no answers: not a usage error'

timeout 60 "$build/wattle" lesson 5 --headless --fast --answers <(echo '{"p1":{"choice":99}}') >"$scratch/none" 2>&1
[ $? -eq 2 ] || fail "an impossible choice is not refused: $(tail -n 1 "$scratch/none")"

# In sentences: lines of at most 80 columns, no escapes.
printf 'next\n3\n4\nsmaller\nnext\nrun\nnext\nnext\n1\nnext\n1\nquit\n' |
	timeout 120 "$build/wattle" lesson green.05 --linear --fast --energy none >"$scratch/linear" 2>&1 ||
	fail "linear: status $?"
grep -q 'You predicted: the int8 copy' "$scratch/linear" || fail 'linear: the prediction is not shown'
[ "$(grep -c '^Right\. ' "$scratch/linear")" -eq 2 ] || fail 'linear: not two right answers'
LC_ALL=C.UTF-8 grep -E '^.{81,}' "$scratch/linear" && fail 'linear: a line over 80 columns'
LC_ALL=C grep -q $'\033' "$scratch/linear" && fail 'linear: an escape sequence'

# By the keyboard. A socket of its own, so that no session of anybody is touched.
if ! command -v tmux >/dev/null; then
	echo 'no tmux: the keyboard was not tried'
	exit $failed
fi
tmux() { command tmux -L "wattle-test-$$" "$@"; }
trap 'tmux kill-server 2>/dev/null; rm -rf "$scratch"' EXIT
tmux -f /dev/null new-session -d -x 80 -y 24 "LC_ALL=C.UTF-8 '$build/wattle' lesson --fast --energy none; echo ended \$?; cat"
# shows TEXT : waits until the screen has it.
shows() {
	for _ in $(seq 1500); do
		tmux capture-pane -p >"$scratch/screen" 2>/dev/null
		grep -q -- "$1" "$scratch/screen" && return 0
		read -r -t 0.1 <> <(:) || :
	done
	fail "the screen never showed '$1'"
	cat "$scratch/screen"
	return 1
}
keys() { tmux send-keys "$@"; }
if shows 'Prune it, then make it int8' && keys Enter && shows 'diets for one network' && keys n && shows 'Which copy costs' &&
	keys 3 && keys Enter && shows 'How sure' && keys 4 && keys Enter && keys smaller && keys Enter && shows 'You predicted' &&
	keys n && shows 'r starts the run' && keys r && shows 'n goes on to what it means' && keys n && shows 'You said' &&
	keys n && shows '1  ' && keys 1 && keys Enter && shows 'Right' && keys n && keys 1 && keys Enter && shows 'Right'; then
	keys q && shows 'Enter opens the lesson' && keys q && shows 'ended 0'
fi
exit $failed
