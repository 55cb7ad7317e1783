#!/bin/bash
# Lesson 5 from start to end: by answers without a screen, in sentences, and by the keyboard alone at 80 x 24, with the
# exercise solved, left in the middle and come back to: nothing is asked twice.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
lesson=$source/lessons/05-prune-then-int8
answers=$lesson/answers.json
points=14

# By answers: every kind of step, one verdict an arm and metric, all points.
status=0
timeout 300 "$build/wattle" lesson green.05 --headless --fast --energy none --answers "$answers" --json \
	>"$scratch/headless" 2>"$scratch/headless.err" || status=$?
[ "$status" -eq 0 ] || fail "headless: status $status: $(cat "$scratch/headless.err")"
for kind in text predict run reveal inspect exercise quiz reflect; do
	grep -q "\"type\":\"step\".*\"kind\":\"$kind\"" "$scratch/headless" || fail "headless: no $kind step"
done
[ "$(grep -c '"type":"verdict"' "$scratch/headless")" -eq 9 ] || fail 'headless: not 3 arms by 3 metrics'
grep '"type":"check"' "$scratch/headless" | grep -q '"pass":false' && fail 'headless: a right answer was refused'
grep -q '{{' "$scratch/headless" && fail 'headless: a template was not filled'

# A wrong answer is told, and the exit status says so; a missing one names the question.
sed 's/"q1": *{"choice": *1}/"q1":{"choice":3}/' "$answers" >"$scratch/wrong.json"
cmp -s "$answers" "$scratch/wrong.json" && fail 'no wrong answer was made'
timeout 300 "$build/wattle" lesson 5 --headless --fast --energy none --answers "$scratch/wrong.json" --quiet \
	>"$scratch/wrong" 2>&1
[ $? -eq 1 ] || fail 'a wrong answer does not exit 1'
timeout 60 "$build/wattle" lesson 5 --headless --fast --answers /dev/null >"$scratch/none" 2>&1
[ $? -eq 2 ] || fail 'no answers: not a usage error'
timeout 60 "$build/wattle" lesson 5 --headless --fast --answers <(echo '{"p1":{"choice":99}}') >"$scratch/none" 2>&1
[ $? -eq 2 ] || fail "an impossible choice is not refused: $(tail -n 1 "$scratch/none")"

# An editor that writes the solution, or what a test put beside it.
editor=$scratch/editor
# shellcheck disable=SC2016
printf '#!/bin/sh\ncp "%s" "$1"\n' "$scratch/next.lua" >"$editor"
chmod +x "$editor"
export VISUAL=$editor
text='Where the accuracy decides and few predictions are made, so that training again would never be paid back by it.'

# In sentences, in two sittings: lines of at most 80 columns, no escapes, each question once.
cp "$lesson/ex1.solution.lua" "$scratch/next.lua"
linear() {
	timeout 300 "$build/wattle" lesson green.05 --linear --fast --energy none >>"$scratch/linear" 2>&1 || fail "linear: status $?"
}
printf '%s\n' next 3 4 smaller next run next next next next 1 quit | linear
printf '%s\n' next nonsense 3 next edit check next "$text" . next quit | linear
grep -q 'You predicted: the int8 copy' "$scratch/linear" || fail 'linear: the prediction is not shown'
[ "$(grep -c '^Right\. ' "$scratch/linear")" -eq 2 ] || fail 'linear: not two right answers'
for asked in 'Which copy costs' 'Weights went from 32' 'Describe one case'; do
	[ "$(grep -c "^$asked" "$scratch/linear")" -eq 1 ] || fail "linear: '$asked' was asked $(grep -c "^$asked" "$scratch/linear") times"
done
grep -q '^You go on where you left: step 7 of 10, 2 of 14 points' "$scratch/linear" || fail 'linear: it does not go on'
grep -q "^No command 'nonsense'" "$scratch/linear" || fail 'linear: an unknown word is not told'
grep -q '^Figure: Where the weights are not zero' "$scratch/linear" || fail 'linear: no figure'
grep -q "All checks pass" "$scratch/linear" || fail 'linear: the exercise did not pass'
grep -q "^This was the last step. $points of $points points." "$scratch/linear" || fail 'linear: no end with all points'
LC_ALL=C.UTF-8 grep -E '^.{81,}' "$scratch/linear" && fail 'linear: a line over 80 columns'
LC_ALL=C grep -q $'\033' "$scratch/linear" && fail 'linear: an escape sequence'
[ "$failed" -eq 0 ] || cat "$scratch/linear"

# By the keyboard, with progress of its own.
# shellcheck source=tests/run/terminal.sh
. "$source/tests/run/terminal.sh"
patience_s=150
export XDG_STATE_HOME=$scratch/keyboard/state XDG_DATA_HOME=$scratch/keyboard/data
sit_down() { terminal "'$build/wattle' lesson --fast --energy none"; }
# The starter is saved as it is: checks fail, a hint opens; then the solution.
cp "$lesson/ex1.lua" "$scratch/next.lua"
sit_down
if shows 'Enter opens the lesson' && keys j j j j && shows 'green.05 ─' && keys Enter && shows 'diets for one network' && keys n &&
	shows 'Which copy costs' && keys 3 && keys Enter && shows 'How sure' && keys 4 && keys Enter && keys smaller && keys Enter &&
	shows 'You predicted' && keys n && shows 'r starts the run' && keys r && shows 'n goes on to what it means' && keys n &&
	shows 'You said' && keys n && shows 'step 5 of 10' && keys n && shows '(dense 256)' && keys n && shows '1  ' && keys 1 &&
	keys Enter && shows 'Right' && keys n && shows 'step 8 of 10' && keys 3 && keys Enter && shows 'Right' && keys n &&
	shows 'e opens your file' && keys e && shows 'Round 1: 4 of 10 points' && keys H && shows 'Hint 1:'; then
	keys q && shows 'Enter goes on where you left' && keys q && shows 'ended 0'
fi
[ "$failed" -eq 0 ] || exit 1
cp "$lesson/ex1.solution.lua" "$scratch/next.lua"
sit_down
if shows '8/14' && shows 'at step 9 of 10' && keys Enter && shows 'You go on where you left: step 9 of 10, 8 of 14' &&
	shows 'Hint 1:' && keys e && shows 'All checks pass' && keys S && shows 'One solution' && keys S && keys n &&
	shows 'Describe one case' && keys -l "$text" && shows 'paid back by it' && keys C-d && shows 'Your text, locked' && keys n &&
	shows "$points of $points points" && shows 'Next lesson: 06' && keys q && shows '14/14'; then
	keys q && shows 'ended 0'
fi
progress=$XDG_STATE_HOME/wattle/progress.jsonl
grep -q '"event":"finish"' "$progress" || fail 'keyboard: the lesson was not finished'
[ "$(grep -c '"event":"run"' "$progress")" -eq 1 ] || fail 'keyboard: not one run'
exit $failed
