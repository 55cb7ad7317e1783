#!/bin/bash
# Nothing that was typed is lost: not what was not handed in when a lesson is left, whatever by; nor what could not be
# written, when one quits.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
export WATTLE_PATH=$scratch/course
mkdir "$WATTLE_PATH"
cat >"$WATTLE_PATH/test-01.lua" <<'END'
local w = require "wattle"
return w.lesson { api = 1, id = "test.01", title = "Drafts", minutes = 1, goals = { "Leave" },
  w.text "# Begin\n\nA question follows.",
  w.predict { id = "p1", ask = "Which is smaller?", confidence = true, why = true,
    choices = { { "the net", arm = "net" }, { "the copy", arm = "int8" } } },
  w.reflect { id = "r1", ask = "Describe one case.", min_words = 4 },
  w.text "# End\n\nThat was it." }
END
progress=$HOME/.local/state/wattle/progress.jsonl

# sit NAME [LINES...] : a sitting in sentences that ends with the end of its lines.
sit() {
	local name=$1
	shift
	wattle_ends 0 "$name" "$name" lesson test.01 --linear --energy none < <([ $# -eq 0 ] || printf '%s\n' "$@")
}
drafts() { grep -c '"event":"draft"' "$progress"; }

# A number that is no choice is refused, with the question's name, and locks nothing.
sit range next 9 0 quit
says range '^p1: choose 1 to 2\.$'
grep -q '"event":"lock"' "$progress" && fail 'a digit that is no choice has locked one'

# The end of the lines in the middle of a text.
sit first 2 3 'its weights are small' next 'Where memory'
says first '^wattle: Not handed in, but kept for you: 2 words at step 3 of test\.01\.$'
sit second 'is short,'
says second '^You wrote so far:$'
says second 'Where memory$'
says second '^4 words\. Go on, or end with a single dot\. >$'
says second '^wattle: Not handed in, but kept for you: 4 words at step 3 of'
[ "$(drafts)" -eq 2 ] || fail "not two drafts: $(cat "$progress")"
sit same
[ "$(drafts)" -eq 2 ] || fail 'what did not change was kept again'
sit third .
says third '^Your text is locked\.$'
grep -q '"event":"answer".*"text":"Where memory\\nis short,"' "$progress" || fail "the text is not whole: $(cat "$progress")"
sit fourth back
grep 'Not handed in' "$scratch/fourth" && fail 'what was handed in is told as a draft'
fits "${progress#"$scratch/"}" progress

# A signal in the middle of one.
rm "$progress"
mkfifo "$scratch/lines"
for signal in INT TERM HUP; do
	(
		trap - INT
		exec setsid "$build/wattle" lesson test.01 --linear --energy none <"$scratch/lines" >"$scratch/$signal" 2>&1
	) &
	pid=$!
	exec 9>"$scratch/lines"
	printf 'next\n1\n1\n\nnext\nAs SIG%s came\n' "$signal" >&9
	until_says "$signal" '^3 words, 1 more asked for'
	kill -s "$signal" -- "-$pid"
	wait "$pid"
	exec 9>&-
	says "$signal" 'kept for you: 3 words at step 3 of'
	grep -q '"event":"draft".*"text":"As SIG'"$signal"' came' "$progress" || fail "SIG$signal: it is lost"
	wattle_ends 0 out out lesson test.01 --forget
done

# A program that is killed says nothing, and has kept what was typed some seconds before.
"$build/wattle" lesson test.01 --linear --energy none <"$scratch/lines" >"$scratch/killed" 2>&1 &
pid=$!
exec 9>"$scratch/lines"
printf 'next\n1\n1\n\nnext\nBefore the axe\n' >&9
until_says killed '^3 words, 1 more asked for'
within 30 has "$progress" '"event":"draft".*"text":"Before the axe' || fail 'what is typed is not kept while one types'
kill -KILL "$pid"
wait "$pid" 2>/dev/null
exec 9>&-
sit after
says after 'Before the axe$'
[ "$(grep -c 'Before the axe' "$progress")" -eq 1 ] || fail "a draft that did not change was kept again: $(cat "$progress")"
wattle_ends 0 out out lesson test.01 --forget

# Another sitting at the same attempt, which saw nothing of it, does not rub it out.
rm "$progress"
mkfifo "$scratch/other"
"$build/wattle" lesson test.01 --linear --energy none <"$scratch/other" >"$scratch/beside" 2>&1 &
pid=$!
exec 9>"$scratch/other"
until_says beside 'A question follows'
sit writer next 2 3 because next 'Three words stay'
printf 'next\nback\nquit\nquit\n' >&9
exec 9>&-
wait "$pid" || fail "beside: status $?"
sit writer next next
says writer '^  Three words stay$'
says writer 'kept for you: 3 words at step 3 of'

# Nor is it lost where the worker dies, and one leaves before there is another.
rm "$progress"
cp "$WATTLE_PATH/test-01.lua" "$scratch/quick.lua"
sed -i '1i local t = 0\nfor i = 1, 2e7 do t = t + i end' "$WATTLE_PATH/test-01.lua"
first=
# another : a worker has come that is not the first.
another() {
	worker=$(pgrep -P "$pid,$(pgrep -d , -P "$pid")" -f wattle-worker) && [ "$worker" != "$first" ]
}
"$build/wattle" lesson test.01 --linear --energy none <"$scratch/other" >"$scratch/orphan" 2>&1 &
pid=$!
exec 9>"$scratch/other"
printf 'next\n1\n1\n\nnext\nAs it died\n' >&9
until_says orphan '^3 words, 1 more asked for'
another || fail 'there is no worker'
first=$worker
kill -KILL "$first" || fail 'the worker was not killed'
within 20 another || fail 'no other worker came'
kill -TERM "$pid"
exec 9>&-
wait "$pid"
grep -q '"event":"draft".*"text":"As it died' "$progress" || fail "with the worker it died: $(cat "$progress")"
mv "$scratch/quick.lua" "$WATTLE_PATH/test-01.lua"

# Where nothing can be written it is told, and asked before the only copy goes; it is tried again.
export XDG_STATE_HOME=$scratch/none
: >"$scratch/none"
sit gone next 2 3 because
says gone 'Progress is not saved, but kept until you quit'
says gone '^wattle: what you did is lost, as it could not be saved: '
"$build/wattle" lesson test.01 --linear --energy none <"$scratch/lines" >"$scratch/asked" 2>&1 &
pid=$!
exec 9>"$scratch/lines"
printf 'next\n2\n3\nbecause\nquit\nquit\n' >&9
until_says asked '^Quit and lose what you did? y/n'
printf 'n\n' >&9
until_says asked 'At lesson 15 of 15: Drafts'
printf 'open\n' >&9
until_says asked 'You go on where you left: step 2'
rm "$scratch/none"
printf 'next\nOne more line\nclose\nquit\n' >&9
until_says asked 'saved now\.$'
says asked '^Not handed in, but kept for you: 3 words at step 3 of test'
printf 'quit\n' >&9
exec 9>&-
wait "$pid" || fail "asked: status $?"
saved=$XDG_STATE_HOME/wattle/progress.jsonl
for event in start step lock draft; do
	grep -q "\"event\":\"$event\"" "$saved" || fail "no $event was saved: $(cat "$saved")"
done
[ "$(grep -c '"event":"lock"' "$saved")" -eq 1 ] || fail 'the prediction was saved twice'
unset XDG_STATE_HOME

# By the keyboard, on the screen and in sentences.
# shellcheck source=tests/run/terminal.sh
. "$source/tests/run/terminal.sh"
export XDG_STATE_HOME=$scratch/keyboard
sit_down() { terminal "XDG_STATE_HOME='$XDG_STATE_HOME' '$build/wattle' lesson test.01 --energy none $*"; }
sit_down
# Ctrl-C in the middle of a line, q behind one, and q from the text.
shows 'A question follows' && keys n && shows 'Which is smaller' && keys 2 && keys Enter && shows 'How sure' && keys 4 && keys Enter &&
	shows 'Type a line' && keys -l 'as bytes are' && shows 'as bytes are_' && keys C-c && shows 'ended 0' &&
	shows 'kept for you: 3 words at step 2 of'
[ "$failed" -eq 0 ] || exit 1
sit_down
shows 'as bytes are_' && shows '\[4\]' && keys -l ' fewer' && keys Enter && shows 'are fewer' && keys n && shows 'Describe one case' &&
	keys -l 'Where memory is' && shows '3 words, 4 asked for' && keys Escape && shows 'Enter goes back to the question' && keys q &&
	shows 'kept for you: 3 words at step 3 of' && keys Enter && shows 'Where memory is' && keys -l ' short' && shows '4 words' &&
	keys C-d && shows 'Your text, locked' && keys q && shows 'Enter goes on where you left' && keys q && shows 'ended 0'
export XDG_STATE_HOME=$scratch/sentences
sit_down --linear
# The end of the input within a line: what stands there is no answer.
shows 'A question follows' && keys next Enter && shows '^Your answer' && keys 2 Enter && shows '^How sure' && keys 4 Enter &&
	shows '^Why' && keys -l 'as bytes' && shows 'as bytes' && keys C-d && keys C-d && shows 'ended 0' &&
	shows 'kept for you: 2 words at step 2 of'
sit_down --linear
shows '^You go on' && shows '^You typed before: "as bytes"' && keys Enter &&
	shows 'Why: "as bytes"'
export XDG_STATE_HOME=$scratch/keyboard
grep -q '"event":"lock".*"choice":2.*"why":"as bytes are fewer"' "$XDG_STATE_HOME/wattle/progress.jsonl" ||
	fail 'keyboard: the reason is not whole'
grep -q '"event":"answer".*"text":"Where memory is short"' "$XDG_STATE_HOME/wattle/progress.jsonl" || fail 'keyboard: the text is not whole'
exit $failed
