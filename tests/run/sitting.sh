#!/bin/bash
# A lesson whose worker is killed goes on: the run is over by its records, a new worker has what was done.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
unset EDITOR
export WATTLE_PATH=$scratch/course VISUAL=true
mkdir -p "$WATTLE_PATH/test-01"
cat >"$WATTLE_PATH/test-01.lua" <<'END'
local w = require "wattle"
return w.lesson { api = 1, id = "test.01", title = "Deaths", minutes = 1, goals = { "Survive" },
  w.text "# Begin\n\nA run follows.",
  w.quiz { id = "q1", points = 2, ask = "Twice 4?",
    choices = { { "8", right = true, say = "Yes." }, { "9", say = "No." } } },
  w.run { id = "endless", title = "Endless", body = function() while true do end end },
  w.text "# End\n\nThat was it.",
  w.exercise { id = "ex1", title = "Slow", points = 1, file = "ex1.lua", solution = "ex1.lua", ask = "Be slow.",
    setup = function() while os.clock() < 2 do end return {} end,
    checks = { { "one", id = "one", points = 1, hints = { "1" }, function(t) return t.near(t.call("one"), 1, 0) end } } } }
END
echo 'return { one = function() return 1 end }' >"$WATTLE_PATH/test-01/ex1.lua"

# kill_worker [SIGNAL] : the worker of our own lesson, and none else.
kill_worker() {
	local child
	for child in $(pgrep -P "$lesson"; pgrep -P "$(pgrep -P "$lesson" | head -n 1)"); do
		case $(tr '\0' ' ' <"/proc/$child/cmdline" 2>/dev/null) in
		wattle-worker*) kill -"${1:-KILL}" "$child" && return 0 ;;
		esac
	done
	fail 'no worker to kill'
}

mkfifo "$scratch/keys"
"$build/wattle" lesson test.01 --linear --energy none <"$scratch/keys" >"$scratch/out" 2>&1 &
lesson=$!
exec 9>"$scratch/keys"
until_says out 'A run follows'
kill_worker
until_says out 'The worker was killed; a new one has all that you did'
printf 'next\n1\n' >&9
until_says out '^Right'
printf 'next\nrun\n' >&9
until_says out '^Running\|stop'
# A line that waits for the end of the run wakes nobody meanwhile.
printf 'top\n' >&9
ticks() { awk '{ print $14 + $15 }' "/proc/$lesson/stat"; }
before=$(ticks)
sleep 1
used=$(($(ticks) - before))
[ "$used" -le 40 ] || fail "a waiting line costs $used ticks of CPU time in a second"
kill_worker
until_says out 'The worker was killed: the run is lost, all else is back'
printf 'next\n' >&9
printf 'back\nback\n' >&9
until_says out 'You answered\|Right' 2
# A round of checks that was at work then begins again.
printf 'next\nnext\nnext\nedit\ncheck\n' >&9
until_says out '^Checking, round 1'
kill_worker
until_says out 'The worker was killed; a new one has all that you did' 2
until_says out 'All checks pass'
printf 'quit\nquit\n' >&9
exec 9>&-
wait "$lesson" || fail "it ends with status $?"

# An attempt is hidden, with --headless or without.
wattle_ends 0 out out lesson test.01 --headless --forget
says out '^Attempt 1 at test.01 is hidden: 3 of 3 points'

# Much progress takes a while to read, and that is told.
sed -n 1p "$HOME/.local/state/wattle/progress.jsonl" >"$scratch/line"
yes "$(cat "$scratch/line")" | head -c 5000000 >>"$HOME/.local/state/wattle/progress.jsonl"
wattle_ends 0 out out lesson --linear
says out '^Reading what you did'
says out 'no whole line: they are put\|cut off'

# By the keyboard: a run is stopped in the midst of a loop; one whose worker does not even hear that is killed.
# shellcheck source=tests/run/terminal.sh
. "$source/tests/run/terminal.sh"
export XDG_STATE_HOME=$scratch/keyboard
terminal "echo \$\$ >'$scratch/pid'; exec '$build/wattle' lesson test.01 --energy none"
if shows 'A run follows' && keys n && shows 'Twice 4' && keys 1 && keys Enter && shows 'Right' && keys n && shows 'r starts' &&
	keys r && shows 's stops' && keys s && shows 'stopped (in the script)' && keys r && shows 's stops'; then
	lesson=$(cat "$scratch/pid")
	kill_worker STOP
	keys C-c
	keys C-c
	shows 'the run is lost, all else is back'
	keys q
fi

# A run shows the prediction made for it, not that of an earlier one.
cat >"$WATTLE_PATH/test-02.lua" <<'END'
local w = require "wattle"
local function run(id) return w.run { id = id, title = "Run " .. id, body = function() return { n = 1 } end } end
local function ask(id) return w.predict { id = id, ask = "Of " .. id .. "?", number = { min = 0, max = 9 } } end
local function tell(p, id) return w.reveal { predict = p, run = id, answer = function() return 1 end, "Told." } end
return w.lesson { api = 1, id = "test.02", title = "Two", minutes = 1, goals = { "Tell them apart" },
  ask "p1", run "a", tell("p1", "a"), ask "p2", run "b", tell("p2", "b") }
END
terminal "'$build/wattle' lesson test.02 --energy none"
if shows 'Of p1' && keys 1 Enter && shows 'You predicted: 1' && keys n && shows 'Run a' && keys r && shows 'n goes on' && keys n &&
	shows 'Told' && keys n && shows 'Of p2' && keys Escape && keys n && shows 'Run b'; then
	on_screen 'You predicted' && fail "run b shows a's prediction: $(cat "$scratch/screen")"
	keys q
fi

# In sentences a number is asked for by its limits and its unit, if it has one; a line that is a command is one.
# What a run does not show is not said. The task of an exercise says what the round has just measured.
cat >"$WATTLE_PATH/test-03.lua" <<'END'
local w = require "wattle"
return w.lesson { api = 1, id = "test.03", title = "Three", minutes = 1, goals = { "Hear it" }, needs = { dataset = "digits" },
  w.predict { id = "p1", ask = "How many?", number = { min = 0, max = 9 } },
  w.predict { id = "p2", ask = "How long?", number = { unit = "s", max = 5 } },
  w.exercise { id = "ex1", title = "Stop", points = 1, file = "ex1.lua", solution = "ex1.lua", reports = { "stop" },
    ask = "Your file stops at {{ex1.stop}}.",
    checks = { { "stops", id = "stops", points = 1, hints = { "?" }, function(t)
      local at = t.call("stop")
      t.report("stop", at)
      return t.at_least(at, 3)
    end } } },
  w.run { id = "race", title = "One net", show = { "accuracy", "macs" }, body = function(c)
    local d = w.data.load(c.dataset)
    local net = w.model.mlp { layers = { d.inputs, 8, d.classes }, seed = 1 }:fit(d.train, { epochs = 1 })
    local wide = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = 1 }:fit(d.train, { epochs = 1 })
    return w.compare { arms = { { "net", net }, { "wide", wide } }, on = d.test, work = { predictions = 1000 } }
  end } }
END
mkdir "$WATTLE_PATH/test-03"
echo 'return { stop = function() return 1 end }' >"$WATTLE_PATH/test-03/ex1.lua"
# shellcheck disable=SC2016 # the editor's own $1
printf '#!/bin/sh\nsed -i "s/return 2 /return 3 /; s/return 1 /return 2 /" "$1"\n' >"$scratch/editor"
chmod +x "$scratch/editor"
VISUAL=$scratch/editor wattle_ends 0 out out lesson test.03 --fast --linear --energy none < <(printf '%s\n' stop next back 3 next next back 2 \
	next edit edit next run quit quit)
says out '^A number from 0 to 9? >$'
says out '^A number of at most 5, s? >$'
says out '^Nothing runs\.$'
says out '^You predicted: 3$'
says out 'Your file stops at …\.'
[ "$(grep -c 'Your file stops at 2\.' "$scratch/out")" -eq 1 ] || fail "the task does not say the first round's figure: $(cat "$scratch/out")"
[ "$(grep -c 'Your file stops at 3\.' "$scratch/out")" -eq 1 ] || fail "the task does not say the second round's figure"
# The task comes before the next line is taken, and what is asked for behind it.
grep -A1 'Your file stops at [23]' "$scratch/out" | grep -q '^>$' || fail "no prompt behind the task: $(cat "$scratch/out")"
says out '^Step 4 of 4, run\. One net$'
says out '^Accuracy on the test rows:'
says out '^Multiply-adds for one prediction:'
says out '^ *wide: [0-9.]* thousand multiply-adds$'
grep -q '^Time for\|^Energy\|Size of the saved' "$scratch/out" && fail "a metric is said that is not shown: $(cat "$scratch/out")"
exit $failed
