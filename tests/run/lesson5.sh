#!/bin/bash
# Lesson 5 from start to end: by answers without a screen, in sentences, and by the keyboard alone at 80 x 24.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
own=$source/lessons/05-prune-then-int8
cp "$own/answers.json" "$scratch"
unset VISUAL
printf '#!/bin/sh\ncp "%s/ex1.solution.lua" "$1"\n' "$own" >"$scratch/solve"
chmod +x "$scratch/solve"
export EDITOR=$scratch/solve

# headless NAME STATUS ANSWERS [FLAG...] : into $scratch/NAME.
headless() {
	local name=$1 wanted=$2 answers=$3
	shift 3
	timeout 120 "$build/wattle" lesson green.05 --headless --fast --energy none --answers "$answers" "$@" \
		>"$scratch/$name" 2>"$scratch/$name.err"
	local status=$?
	[ "$status" -eq "$wanted" ] || fail "headless $name: status $status: $(cat "$scratch/$name.err")"
}

# By answers: every kind of step, one verdict an arm and metric, all points.
headless records 0 "$scratch/answers.json" --json
for kind in text predict run reveal inspect quiz exercise reflect; do
	grep -q "\"type\":\"step\".*\"kind\":\"$kind\"" "$scratch/records" || fail "headless: no $kind step"
done
[ "$(grep -c '"type":"verdict"' "$scratch/records")" -eq 9 ] || fail 'headless: not 3 arms by 3 metrics'
grep '"type":"check"' "$scratch/records" | grep -q '"pass":false' && fail 'headless: a right answer was refused'
grep -q '{{' "$scratch/records" && fail 'headless: a template was not filled'

# The starter fails, a wrong answer is told, and the exit status says so; a missing one names the question.
sed 's/"q1": {"choice": 1}/"q1": {"choice": 3}/; s|"solution": true|"file": "'"$own"'/ex1.lua"|' \
	"$scratch/answers.json" >"$scratch/wrong.json"
headless wrong 1 "$scratch/wrong.json" --quiet
says wrong '^✗ fail q1: '
says wrong '^✗ fail small: '
says wrong '^Finished: 6 of 14 points\.$'
headless none 2 /dev/null
headless none 2 <(echo '{"p1":{"choice":99}}')
says none.err 'choose 1 to 5'

# sentences NAME LINE... : lines of at most 80 columns, no escapes.
sentences() {
	local name=$1
	shift
	printf '%s\n' "$@" | timeout 120 "$build/wattle" lesson green.05 --linear --fast --energy none \
		>"$scratch/$name" 2>&1 || fail "$name: status $?"
	LC_ALL=C.UTF-8 grep -E '^.{81,}' "$scratch/$name" && fail "$name: a line over 80 columns"
	LC_ALL=C grep -q $'\033' "$scratch/$name" && fail "$name: an escape sequence"
}
# again NAME STEP : it went on there, and asked for nothing that was given before.
again() {
	says "$1" "^You go on where you left: step $2 of 10"
	grep -q 'Which copy costs' "$scratch/$1" && fail "$1: the prediction is asked for twice"
	grep -q '^Running' "$scratch/$1" && fail "$1: the run is run twice"
}

# In sentences, in four sittings.
sentences first next 3 4 smaller next run quit quit
says first 'You predicted: the int8 copy'
sentences second next next next next 1 quit quit
again second 3
says second 'You said: the int8 copy'
says second '^Right\. '
sentences third next 1 next edit quit quit
again third 7
says third 'Round 1: 10 of 10 points. All checks pass'
sentences fourth next 'Where the accuracy decides and the copy would have to be trained again' \
	'for so few predictions that it is never paid back.' . quit quit
again fourth 9
sentences fifth quit quit
again fifth 10
says fifth '14 of 14 points'
grep -q '"event":"finish"' "$HOME/.local/state/wattle/progress.jsonl" || fail 'sentences: the lesson was not finished'
rm -rf "$HOME/.local"

# By the keyboard. A socket of its own, so that no session of anybody is touched.
if ! command -v tmux >/dev/null; then
	echo 'no tmux: the keyboard was not tried'
	exit $failed
fi
tmux() { command tmux -L "wattle-test-$$" "$@"; }
trap 'tmux kill-server 2>/dev/null; rm -rf "$scratch"' EXIT
open_lesson() {
	local line="LC_ALL=C.UTF-8 '$build/wattle' lesson 5 --fast --energy none; echo ended \$?; cat"
	tmux respawn-pane -k "$line" 2>/dev/null || tmux -f /dev/null new-session -d -x 80 -y 24 "$line"
}
leave() {
	keys q && shows 'Enter opens the lesson' && keys q && shows 'ended 0'
}
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

open_lesson
if shows 'diets for one network' && keys n && shows 'Which copy costs' && keys 3 && keys Enter && shows 'How sure' && keys 4 &&
	keys Enter && keys smaller && keys Enter && shows 'You predicted' && keys n && shows 'r starts the run' && keys r &&
	shows 'n goes on to what it means' && leave; then
	open_lesson
	if shows 'You go on where you left: step 3 of 10' && keys n && shows 'You said' && keys n && shows 'What was claimed' && keys n &&
		shows 'step 6 of 10' && keys n && shows '1  ' && keys 1 && keys Enter && shows 'Right' && keys n && shows 'step 8 of 10' &&
		keys 1 && keys Enter && shows 'Right' && keys n && shows 'step 9 of 10' && keys e && shows 'Round 1: 10 of 10' && leave; then
		open_lesson
		if shows 'step 9 of 10' && shows 'Round 1: 10 of 10' && shows '14 of 14 points' && keys n && shows '0 words, 15' &&
			keys -l 'where accuracy decides and few predictions are made so that another training is never paid back' &&
			shows '16 words' && keys C-d && shows 'Your text is locked' && keys b && shows 'step 9 of 10'; then
			leave
		fi
	fi
fi
grep -q '"event":"finish"' "$HOME/.local/state/wattle/progress.jsonl" || fail 'keyboard: the lesson was not finished'
[ "$(grep -c '"event":"run"' "$HOME/.local/state/wattle/progress.jsonl")" -eq 1 ] || fail 'keyboard: not one run'
exit $failed
