#!/bin/bash
# Exercises: by answers, by wattle check, in sentences with an editor, and what is kept of all that.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
unset VISUAL EDITOR
export WATTLE_PATH=$source/tests/run/exercises
own=$WATTLE_PATH/test-01
state=$HOME/.local/state/wattle/progress.jsonl
work=$HOME/.local/share/wattle/work/test.01/ex1.lua

# headless ANSWERS STATUS [FLAG...] : plays the lesson into $scratch/out.
headless() {
	printf '%s\n' "$1" >"$scratch/answers.json"
	wattle_ends "$2" out err lesson test.01 --headless --energy none --answers "$scratch/answers.json" "${@:3}"
}

headless '{"ex1":{"solution":true},"q1":{"choice":1}}' 0
says out '^✓ pass two: it doubles 2 (2 of 2 points)$'
says out '^✓ pass minus: it doubles -3 (4 of 4 points)$'
says out '^Finished: 8 of 8 points\.$'
[ "$(grep -c 'Twice 4' "$scratch/out")" -eq 1 ] || fail 'headless: a question is printed again with its answer'
[ ! -e "$state" ] || fail 'headless: progress was written unasked'
headless '{"ex1":{"file":"'"$own"'/ex1.lua"},"q1":{"choice":1}}' 1
says out '^✗ fail minus: it doubles -3 (0 of 4 points)$'
says out '^    it is 4; -6 is asked for, within 0$'
says out '^Finished: 4 of 8 points\.$'
printf 'return {\n' >"$scratch/broken.lua"
headless '{"ex1":{"file":"broken.lua"},"q1":{"choice":1}}' 1
says out '^✗ error two: it doubles 2 (0 of 2 points)$'
says out '^    ex1.lua:2: unexpected symbol near <eof>$'
headless '{"ex1":{"skip":true},"q1":{"skip":true}}' 0
says out '^Left undone: 2 steps\.$'
says out '^Finished: 0 of 8 points\.$'
[ "$(grep -c 'Twice 4' "$scratch/out")" -eq 1 ] || fail 'headless: what was skipped is asked for again'
# refuses WORDS ARGUMENTS... : a usage error that says so.
refuses() {
	wattle_ends 2 out err lesson "${@:2}"
	says err "$1"
}
refuses '--answers: unable to open /nope' test.01 --headless --answers /nope
refuses '--answers works with --headless only' test.01 --answers /dev/null
refuses '--resume works with --headless only' test.01 --resume
refuses '--list works without --reset' --list --reset
refuses '9007199254740992' test.01 --seed -1
headless '{"ex1":{"file":"none.lua"},"q1":{"choice":1}}' 4
says err "cannot open $scratch/none.lua"
headless '{"ex1":{"choice":1},"q1":{"choice":1}}' 2
says err "the answer for 'ex1' is neither"
headless '{"ex1":{"solution":true},"q1":{"choice":"1"}}' 2
says err 'q1: choose 1 to [0-9], without quotes'
headless '{"ex1":{"solution":true},"q1":{"chioce":1}}' 2
says err "the answer for 'q1': unknown key 'chioce' (did you mean 'choice'?)"
headless '{"ex1":{"solution":true},"q1":{"choice":1},"q2":{"choice":1}}' 2
says err "the answers hold 'q2', which the lesson does not ask (did you mean 'q1'?)"
headless '{"q1":{"choice":1}}' 2
says err "the answers hold none for 'ex1'"
headless '{"ex1":{"solution":true},"q1":{"choice":1}}' 0 --json
for type in exercise-state check exercise; do
	grep "^{\"v\":1,\"type\":\"$type\"" "$scratch/out" >"$scratch/only"
	fits only "$type"
done

# check STATUS ARGUMENTS... : one file into $scratch/out.
check() {
	wattle_ends "$1" out err check "${@:2}"
}

check 0 "$own/ex1.solution.lua"
says out '^6 of 6 points\.$'
check 1 "$own/ex1.lua"
says out '^2 of 6 points\.$'
check 2 "$scratch/broken.lua"
says err 'wattle check .*broken.lua --lesson ID'
check 3 "$scratch/broken.lua" --lesson test.01
says out '^    broken.lua:2: unexpected symbol near <eof>$'
check 2 "$scratch/broken.lua" --lesson test.02
says err "did you mean 'test.01'"
check 4 "$scratch/none.lua"
printf 'return { double = function() while true do end end }\n' >"$scratch/endless.lua"
check 5 "$scratch/endless.lua" --lesson test.01
says out "time limit (1 s) in check 'two'"
head -c 70000 /dev/zero | tr '\0' ' ' >"$scratch/long.lua"
check 4 "$scratch/long.lua" --lesson test.01
says err 'at most 65536'
check 0 "$own/ex1.solution.lua" --json
[ "$(grep -c '"type":"check"' "$scratch/out")" -eq 2 ] || fail 'check --json: not two checks'

# sentences LINE... : the lesson in sentences into $scratch/out.
sentences() {
	wattle_ends 0 out out lesson test.01 --linear --energy none ${flags:+"$flags"} < <(printf '%s\n' "$@")
}

# An editor that does not do it, then one whose name needs a shell to split.
# shellcheck disable=SC2016
printf '#!/bin/sh\nsed -i "s/return 4/return 5/" "$1"\n' >"$scratch/wrong"
# shellcheck disable=SC2016
printf '#!/bin/sh\n[ "$1" = --wait ] && sed -i "s/return [45]/return 2 * x/" "$2"\n' >"$scratch/an editor"
chmod +x "$scratch/wrong" "$scratch/an editor"
export EDITOR=$scratch/wrong
sentences next solution edit quit quit
says out 'The solution opens when all checks pass, or after 3 failed rounds'
says out 'Round 1: 0 of 6 points'
grep -q '^  return 5$' "$work" || fail 'the editor did not get the file'

# Back again: the step, the file and the round are there.
# The same text again is no other try; the starter is none.
sentences check check solution quit quit
says out 'You go on where you left: step 2 of 3, 0 of 8 points'
says out 'Round 3: 0 of 6 points'
says out 'The solution opens .* after 3 failed rounds.*1'
[ "$(grep -c '"try":' "$state")" -eq 1 ] || fail 'the same text counts as another try'
# shellcheck disable=SC2016
printf '#!/bin/sh\nsed -i "\$ a --" "$1"\n' >"$scratch/more"
chmod +x "$scratch/more"
EDITOR=$scratch/more sentences edit edit solution quit quit
says out 'Round 5: 0 of 6 points'
says out 'return 2 \* x'
sed -i '$ d' "$work"
sed -i '$ d' "$work"
grep -q 'Begin' "$scratch/out" && fail 'resumed: the first step was shown again'

# Reset and undo, the second in another sitting.
sentences reset y quit quit
cmp -s "$own/ex1.lua" "$work" || fail 'reset: not the starter'
sentences undo quit quit
grep -q '^  return 5$' "$work" || fail 'undo: not what was there before'
[ "$(grep -c '"try":' "$state")" -eq 3 ] || fail "$(grep -c '"try":' "$state") tries, not 3"
sentences undo quit quit
says out 'There is no reset to take back'

export VISUAL="'$scratch/an editor' --wait"
sentences edit next 1 quit quit
says out 'All checks pass'
says out 'Right'
sentences quit quit
says out 'step 3 of 3, 8 of 8 points'
grep -q '^Your answer' "$scratch/out" && fail 'resumed: an answer was asked for twice'
[ "$(grep -c '"event":"finish"' "$state")" -eq 1 ] || fail 'the lesson was not finished once'
# A file that is broken later takes no point away.
VISUAL=$scratch/wrong
cp "$work" "$scratch/good.lua"
# shellcheck disable=SC2016
printf '#!/bin/sh\nsed -i "s/return 2 . x/return 7/" "$1"\n' >"$scratch/wrong"
sentences back edit quit quit
says out 'Round [0-9]*: 0 of 6 points'
sentences outline quit quit
says out 'step 2 of 3, 8 of 8 points'
says out '^8 of 8 points'
cp "$scratch/good.lua" "$work"
sentences next quit quit
VISUAL=/nowhere/editor sentences back edit quit quit
says out "cannot start the editor '/nowhere/editor'; set VISUAL or EDITOR"

printf '#!/bin/sh\nexit 7\n' >"$scratch/seven"
chmod +x "$scratch/seven"
VISUAL=$scratch/seven sentences edit quit quit
says out 'ended with status 7; nothing was changed'
# What is no file of theirs is told, and not followed.
mv "$work" "$scratch/own.lua"
ln -s "$scratch/own.lua" "$work"
sentences check quit quit
says out 'ex1.lua is a link, which is'
rm "$work"
mkfifo "$work"
sentences check quit quit
says out 'ex1.lua is not a regular'
rm "$work"
mkdir "$work"
sentences check quit quit
says out 'ex1.lua is not a regular'
rmdir "$work"
mv "$scratch/own.lua" "$work"

# Each student has a file of their own.
flags=--student=ann sentences next reset y quit quit
[ -e "${work%/test.01/*}/test.01@ann/ex1.lua" ] || fail 'a named student has no file of their own'

# Attempts: a new one, one hidden, fast ones apart, none of a lesson that changed.
flags=--reset sentences quit quit
says out 'Step 1 of 3'
flags=--fast sentences next quit quit
says out 'Step 1 of 3'
wattle_ends 0 out out lesson test.01 --forget
says out '^Attempt 2 at test.01 is hidden: 0 of 8 points'
sentences quit quit
says out 'step 2 of 3, 8 of 8 points'
wattle_ends 0 out out lesson test.01 --forget
wattle_ends 4 out out lesson test.01 --forget
says out 'there is no attempt at test.01 to forget'
cp -r "$WATTLE_PATH" "$scratch/course"
sentences next quit quit
echo '-- changed' >>"$scratch/course/test-01.lua"
WATTLE_PATH=$scratch/course sentences quit quit
says out 'This lesson has changed since you began it'
says out 'Step 1 of 3'

# What is wrong with the file is told, and nothing stops.
printf '{"v":1,"type":"prog' >>"$state"
sentences next quit quit
says out 'cut off while it was written'
tail -c 1 "$state" | od -c | grep -q '\\n' || fail 'the torn tail is still there'
HOME=/proc/nowhere sentences next back quit quit
says out '^Progress is not saved, but kept until you quit'
says out 'An exercise follows'
(
	unset HOME
	sentences next edit quit quit
	exit $failed
) || failed=1
says out 'HOME or XDG_STATE_HOME'
says out 'set HOME or XDG_DATA_HOME'

# By the keyboard: checks while the editor is open, the terminal back behind it, and whatever wattle dies of.
# shellcheck source=tests/run/terminal.sh
. "$source/tests/run/terminal.sh"
cat >"$scratch/slow" <<'END'
#!/bin/sh
trap '' HUP
stty -echo
echo EDITING
sed -i "s/return 4/return 2 * x/" "$1"
read -r line
exit 0
END
chmod +x "$scratch/slow"
rm -rf "$HOME/.local"
export VISUAL=$scratch/slow
# No shell with job control, which would mend the terminal itself. What is killed is the child of our own guard.
printf '#!/bin/sh\necho $$ >"%s/pid"\nexec "%s/wattle" lesson test.01 --energy none\n' "$scratch" "$build" >"$scratch/own"
chmod +x "$scratch/own"
terminal "'$scratch/own'; stty -a >'$scratch/modes'"
shows 'step 1 of 3' && keys n && shows 'it doubles -3' && keys e && shows '^EDITING'
within 30 has "$state" '"event":"check".*"passed":true' || fail 'a save was not checked while the editor was open'
keys Enter
if shows 'All checks pass' && keys e && shows '^EDITING'; then
	pkill -KILL -P "$(cat "$scratch/pid")"
	shows '^ended' && says modes ' echo '
fi
# What was done before it was killed is there.
sentences quit quit
says out 'You go on where you left: step 2 of 3, 6 of 8 points'
exit $failed
