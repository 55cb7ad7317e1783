#!/bin/bash
# Programs as arms of experiments: what they are told, what they say, how they end, and who may start them.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
cd "$scratch" || exit 1

# script NAME COMMAND_A COMMAND_B [DESIGN] : an experiment of two commands, in Lua's long brackets.
script() {
	cat >"$1.lua" <<END
local w = require "wattle"
return w.experiment {
  api = 1, name = "$1", question = "Which one?",
  arms = {
    { "one", command = [==[$2]==], limit = ${limit:-30} },
    { "two", command = [==[$3]==], limit = ${limit:-30} },
  },
  design = { warmup = ${warmup:-0}, blocks = ${blocks:-1}, window = 0.1, idle = 0 },
  analysis = { primary = { ${primary:-\"time\"} } },
}
END
}

# trusted NAME STATUS ARGUMENTS... : runs the script with --trust; its records into NAME.
trusted() {
	wattle_ends "$2" "$1" "$1.err" run "$1.lua" --trust --energy none --json "${@:3}"
}

# says NAME WORDS : what stands on its standard error.
says() { grep -qF -- "$2" "$1.err" || fail "$1: '$2' is not said: $(cat "$1.err")"; }

# Whole runs: one item each; the other lines and standard error are notices.
blocks=2 warmup=1 script whole 'echo hello; echo oops >&2; echo "{\"accuracy\":0.75,\"test_rows\":100,\"dataset\":\"d\",\"size_bytes\":7}"' 'sleep 0.01'
trusted whole 6
[ "$(values whole window run | sort -u)" = '"run":true' ] || fail 'not whole runs'
[ "$(values whole window items | sort -u)" = '"items":1' ] || fail 'not one item a run'
[ "$(records whole window | wc -l)" -eq 6 ] || fail 'not 2 arms in 3 blocks'
[ "$(records whole trial | grep -c '"by":"command"')" -eq 6 ] || fail 'no trials by commands'
[ "$(values whole trial accuracy one | sort -u)" = '"accuracy":0.75' ] || fail 'no accuracy'
[ "$(values whole trial size_bytes one | sort -u)" = '"size_bytes":7' ] || fail 'no bytes'
grep -q '"accuracy":null,"accuracy_why":"the program told none"' whole || fail 'no reason for an accuracy that is absent'
grep -q '"text":"one: hello"' whole || fail 'standard output is not logged'
grep -q '"text":"one: oops"' whole || fail 'standard error is not logged'
grep -q '"commands":{"one":{"line":\["/bin/sh","-c",' whole || fail 'run-begin does not hold the commands'

# What is no text is not shown, and said once.
script bytes 'printf "\\377\\000x\\n\\376\\n"; printf "\\377\\n" >&2' 'printf "\\303\\244\\n"'
trusted bytes 6
[ "$(grep -c '"text":"one: it prints what is no text, which is not shown"' bytes)" -eq 1 ] || fail 'bytes are not told once'
grep -q '"text":"two: ä"' bytes || fail 'a line of text is not told'

# A marked region: the items that it tells, and its time alone.
mark='echo "{\"wattle\":\"begin\"}"; sleep 0.1; echo "{\"wattle\":\"end\",\"items\":500}"'
script marked "sleep 0.3; $mark" "$mark; sleep 0.3"
trusted marked 6
[ "$(values marked window items | sort -u)" = '"items":500' ] || fail 'not the items that were told'
[ "$(values marked window run | sort -u)" = '"run":false' ] || fail 'marked regions count as runs'
for time in $(values marked window time_s | sed 's/.*://'); do
	awk "BEGIN { exit !($time > 0.02 && $time < 0.28) }" || fail "a region of 0.1 s took $time s"
done

# What they are told, and the padding of their environment, the same for the same seed.
# shellcheck disable=SC2016
told='env | grep -E "^(WATTLE_(SEED|BLOCK|ATTEMPT|ARM|WINDOW_S|THREADS)|OMP_NUM_THREADS|OPENBLAS_NUM_THREADS)=" | sort | tr "\n" " "; echo; printf "pad %s\n" "${#WATTLE_PAD}"'
blocks=2 script told "$told" "$told"
trusted told 6 --seed 7 --threads 2
grep -q '"text":"two: OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 WATTLE_ARM=two WATTLE_ATTEMPT=0 WATTLE_BLOCK=1 WATTLE_SEED=8 WATTLE_THREADS=2 WATTLE_WINDOW_S=0.1 "' told ||
	fail "not what is told: $(grep WATTLE_ARM told)"
pads() { grep -o '"text":"[a-z]*: pad [0-9]*"' "$1"; }
[ "$(pads told | sed 's/.*pad //' | sort -u | wc -l)" -gt 1 ] || fail 'all have the same padding'
# shellcheck disable=SC2094
pads told >pads
trusted told 6 --seed 7 --threads 2
pads told | cmp -s - pads || fail 'another padding from the same seed'

# Mistakes: each names the arm, the block and what to mend; nothing is left running.
mistake() { # NAME STATUS COMMAND WORDS
	script "$1" "$3" 'true'
	trusted "$1" "$2"
	says "$1" "arm 'one', block 1: "
	says "$1" "$4"
}
mistake status 3 'echo no such file >&2; exit 3' 'it exited with status 3, saying: no such file'
# shellcheck disable=SC2016
mistake signal 3 'kill -9 $$' 'it was killed by signal 9'
mistake json 3 'echo "{nonsense"' "line 1 of its output begins with '{' and is no JSON object"
mistake nan 3 'echo "{\"accuracy\":NaN}"' 'without NaN'
mistake range 3 'echo "{\"accuracy\":89}"' 'write 0.891 for 89.1 %'
mistake begin 3 'echo "{\"wattle\":\"begin\"}"' 'it ended inside its measured region'
mistake end 3 'echo "{\"wattle\":\"end\",\"items\":1}"' 'an end without a begin'
mistake flush 3 'printf "{\"wattle\":\"begin\"}\n{\"wattle\":\"end\",\"items\":1}\n"' 'came at once: flush'
mistake long 3 'head -c 1200000 /dev/zero | tr "\0" a' 'longer than 1 MiB'
limit=0.3 mistake hangs 5 'sleep 31415' 'it ran for more than 0.3 s'
# shellcheck disable=SC2016
limit=0.3 mistake stubborn 5 'trap "" TERM; sleep 31416 & while :; do sleep 31417; done' 'it ran for more than 0.3 s'
script background 'sleep 31418 & true' 'true'
trusted background 6
primary='"accuracy"' mistake accuracy 3 'true' 'it told no accuracy, which is a primary metric'
sed 's/command = \[==\[true\]==\]/command = { "no-such-program-31419", "x" }/g' background.lua >missing.lua
trusted missing 4
says missing 'cannot run no-such-program-31419: No such file or directory'
script slow 'sleep 31420' 'sleep 31420'
trusted slow 5 --time-limit 0.5s
says slow 'time limit reached while it ran'

# Interrupted once: what is whole is kept, the program has gone; so it has when it is stubborn.
for signals in 1 2; do
	script interrupted 'trap "" TERM; sleep 31421' 'trap "" TERM; sleep 31421'
	status=0
	"$build/wattle" run interrupted.lua --trust --energy none --json >interrupted 2>interrupted.err &
	pid=$!
	within 10 has interrupted '"type":"arm-begin"'
	sleep 0.1
	for _ in $(seq $signals); do
		kill -INT $pid
		sleep 0.05
	done
	wait $pid || status=$?
	[ $status -eq 130 ] || fail "interrupted $signals times: status $status: $(cat interrupted.err)"
done
# Killed without a word: its program goes, and so does what the program started.
script killed 'sleep 31422; true' 'true'
"$build/wattle" run killed.lua --trust --energy none --json >killed 2>killed.err &
pid=$!
left() { pgrep -x sleep -a | grep -q 'sleep 31422'; }
within 10 left || fail "the program never began: $(cat killed.err)"
kill -KILL $pid
wait $pid 2>/dev/null
ended() { ! left; }
within 10 ended || fail 'a child of a program outlives a wattle that was killed'

# The shells of this test have the numbers in their own command lines: only sleep counts.
for number in $(seq 31415 31421); do
	pgrep -x sleep -a | grep -q "sleep $number" && fail "sleep $number is left"
done

# Trust: by the text of the script as it is.
export XDG_STATE_HOME=$scratch/state
script fresh 'true' 'sleep 0.01'
status=0
"$build/wattle" run fresh.lua --energy none --quiet >out 2>fresh.err || status=$?
[ $status -eq 4 ] || fail "an untrusted script: status $status"
says fresh "give --trust once"
says fresh "one: /bin/sh -c true; two: /bin/sh -c 'sleep 0.01'"
[ ! -e "$XDG_STATE_HOME/wattle/trust.jsonl" ] || fail 'what was refused is remembered'
"$build/wattle" run fresh.lua --plan >out 2>&1 || fail 'the plan of an untrusted script is not shown'
grep -qF "command of two: /bin/sh -c 'sleep 0.01'" out || fail 'the plan does not show the commands'
trusted fresh 6
grep -q 'is trusted as it is now' fresh || fail 'it is not said that it is trusted'
status=0
"$build/wattle" run fresh.lua --energy none --quiet >out 2>err || status=$?
[ $status -eq 6 ] || fail "a trusted script: status $status: $(cat err)"
"$build/wattle" runs rerun last --quiet >out 2>err || [ $? -eq 6 ] || fail "a trusted run again: $(cat err)"
echo '-- changed' >>fresh.lua
"$build/wattle" run fresh.lua --energy none --quiet --no-store >out 2>err
[ $? -eq 4 ] || fail 'a script that changed is trusted'
printf '{"v":1,"type":"trust"' >>"$XDG_STATE_HOME/wattle/trust.jsonl"
"$build/wattle" run "$source/tests/run/block.lua" --trust --energy none --json >plain 2>err || [ $? -eq 6 ] || fail 'a script of Lua alone'
grep -q -- '--trust is not needed' plain || fail 'it is not said that trust is not needed'
trusted fresh 6
grep -q 'ended in a torn line, which was dropped' fresh || fail 'a torn line is not told'
[ "$(grep -c . "$XDG_STATE_HOME/wattle/trust.jsonl")" -eq 2 ] || fail 'not two lines of trust'
rm "$XDG_STATE_HOME/wattle/trust.jsonl"
"$build/wattle" runs rerun last --quiet >out 2>err
[ $? -eq 4 ] || fail 'a stored script that is not trusted runs again'
"$build/wattle" runs rerun last --trust --quiet >out 2>err || [ $? -eq 6 ] || fail "with trust, a run again: $(cat err)"

# Commands beside models: items that are told can be compared, whole runs cannot.
cat >mixed.lua <<'END'
local w = require "wattle"
return w.experiment {
  api = 1, name = "mixed", question = "Ours or theirs?",
  needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset) } end,
  arms = {
    { "tree", function(s) return w.model.tree { }:fit(s.data.train) end },
    { "run", command = { "sleep", "0.02" } },
    { "told", command = "echo '{\"items\":100}'" },
  },
  design = { warmup = 0, blocks = 2, window = 0.02, idle = 0 },
  analysis = { primary = { "time" } },
}
END
trusted mixed 6
grep '"type":"verdict"' mixed | grep '"arm":"run"' | grep -q 'is a whole run of a program, one of tree is not' || fail "mixed work: $(grep '"type":"verdict"' mixed)"
grep '"type":"verdict"' mixed | grep '"arm":"told"' | grep -q '"word":"not_resolved"' || fail 'told items are not compared'

# Gone on with after a kill.
blocks=3 script resumed 'sleep 0.1' 'sleep 0.1'
"$build/wattle" run resumed.lua --trust --energy none --json >first 2>&1 &
pid=$!
within 10 has first '"type":"trial"' 3
kill -9 $pid
wait $pid 2>/dev/null || :
status=0
"$build/wattle" run resumed.lua --energy none --json --resume >whole 2>err || status=$?
[ $status -eq 6 ] || fail "going on: status $status: $(cat err)"
[ "$(records whole trial | wc -l)" -ge 6 ] || fail 'not all trials'
"$build/wattle" runs show last >out 2>&1 || fail "runs show: $(cat out)"
grep -q "one is: /bin/sh -c 'sleep 0.1'" out || fail 'runs show does not show the commands'
exit $failed
