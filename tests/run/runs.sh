#!/bin/bash
# The store as people use it: runs are listed, shown, tagged, compared, repeated, exported, replayed and removed; where it
# cannot be had, a run goes on and says so.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
tiny=$source/tests/schema/tiny.lua
home=$HOME/.local/share/wattle
cd "$scratch" || exit 1

# runs STATUS ARGUMENTS... : output into out and err.
runs() {
	wattle_ends "$1" out err runs "${@:2}"
}

runs 4
says err 'no run was stored yet'
run first "$tiny" --energy none
run second "$tiny" --energy none --seed 2
run third "$tiny" --energy none --no-store
runs 0
[ "$(grep -c tiny out)" -eq 2 ] || fail 'not two runs are listed'
runs 0 ls --json
fits out stored-run
one=$(grep -o '"run":"[0-9a-f]*"' first | cut -d'"' -f4)
two=$(grep -o '"run":"[0-9a-f]*"' second | cut -d'"' -f4)
runs 0 show "${one:0:6}"
says out "^run  *$one"
says out '^seed  *1$'
says out '^baseline '
runs 0 export last
cmp -s out second || fail 'what is exported is not what was written'
"$build/wattle" replay "$two" --speed 1000000 --json >out 2>err || :
cmp -s out second || fail 'the replay of a stored run is not what was written'

runs 0 tag "$one" paper figure-1
runs 0 ls --tagged paper
[ "$(grep -c tiny out)" -eq 1 ] || fail 'not one run has the tag'
says out 'figure-1,paper'
runs 0 tag paper paper --off
runs 2 show paper
says err "no run 'paper'"
runs 2 tag "$one" 'two words'
runs 0 ls --since 2999-01-01
says out 'No such runs'
runs 0 ls --named other
says out 'No such runs'

runs 0 diff "$one" "$two"
says out 'seed  *1 | 2'
says out 'No verdict'
runs 0 diff "$one" "$two" --json
grep '"type":"run-difference"' out >differences
grep '"type":"run-arms"' out >arms
[ "$(wc -l <arms)" -eq 3 ] || fail 'not three arms are compared'
fits differences run-difference
fits arms run-arms
timeout 60 "$build/wattle" runs rerun "$one" --json >again 2>err || :
tail -n 1 again | grep -q '"type":"run-end"' || fail "the run was not run again: $(cat err)"
runs 0 diff "$one" last
says out '^  the same$'
[ "$(grep -c ' equal,' out)" -eq 3 ] || fail 'the same run gave other accuracies'
sed "s/{ \"pruned\"/{ \"cut\"/" "$tiny" >other.lua
run other other.lua --energy none
runs 0 diff "$one" last
says out 'only in the first'
says out 'only in the second'
runs 2 ls --since 2026-99-99
runs 2 show nosuch
wattle_ends 2 out err replay nosuch
runs 2 tag "$one" last
runs 2 tag "$one" "${two:0:5}"
says err 'the number of a run begins so'

# Words of any length come back; a run that is run again may be ended by a signal.
sed 's/needs =/params = { text = "x" }, needs =/' "$source/tests/run/block.lua" >text.lua
run long text.lua --energy none --set "text=$(printf 'y%.0s' $(seq 900))"
wattle_ends '0 6' out err runs rerun last --quiet
runs 0 diff "$(grep -o '"run":"[0-9a-f]*"' long | cut -d'"' -f4)" last
says out '^  the same$'
"$build/wattle" runs rerun last --json >again 2>err &
pid=$!
within 10 has again '"type":"trial"'
kill "$pid"
wait "$pid"
[ $? -eq 143 ] || fail 'a rerun that was ended by a signal has another status than a run'

# Two halves of an experiment are the whole: the same plan and the same trials.
block=$source/tests/run/block.lua
"$build/wattle" run "$block" --plan >out 2>err || fail 'no plan'
says out '^ *2  seed 2 '
"$build/wattle" run "$block" --plan --json >out 2>err || fail 'no plan'
grep '"type":"planned-trial"' out >planned && fits planned planned-trial
"$build/wattle" run "$block" --plan --shard 1/2 >out 2>err || fail 'no plan of a part'
grep -q '^ *1  seed 1 ' out || fail 'the plan of a part has not its block'
grep -q '^ *2  seed 2 ' out && fail 'the plan of a part has a block of another'
"$build/wattle" run "$block" --plan=whole.plan --shard 1/2 >out 2>err
[ $? -eq 2 ] || fail 'a plan in a file is of one part'
run whole "$block" --energy none
run half1 "$block" --energy none --shard 1/2
run half2 "$block" --energy none --shard 2/2
trials() {
	grep '"type":"trial"' "$1" | grep -v '"block":-1' |
		sed 's/.*"arm":"\([^"]*\)","block":\([0-9]*\).*"accuracy":\([0-9.]*\).*"hits":"\([^"]*\)".*/\1 \2 \3 \4/' | sort -u
}
runs 0 merge half2 "$(grep -o '"run":"[0-9a-f]*"' half1 | cut -d'"' -f4)"
says out '^merged into'
runs 0 export last
trials out >merged
trials whole | cmp -s - merged || fail 'the merged halves have other trials than the whole'
grep -q '"block":-*[0-9]*,.*"type":"verdict"\|"type":"verdict"' out || fail 'no verdicts of the merged run'
runs 0 diff last last
runs 1 merge half1 half1
says err 'are missing, the first one is number 2'
runs 2 merge half1 second
says err 'is no part of the same experiment'
wattle_ends 2 out err run "$block" --shard 3/2
says err 'the Ith of N parts'

runs 2 rm "$one"
says err '--yes'
runs 0 rm "$one" "$two" --yes
runs 2 rm "$one" --yes
runs 2 sho last
says err "did you mean 'show'"
runs 2 ls --yes
says err '--yes goes with runs rm'

# Where nothing can be written, the run is shown all the same.
no_store() {
	wattle_ends '0 6' out err run "$tiny" --energy none
	says out '^baseline '
	says err "$1"
}
mv "$home/runs.db" kept.db
rm -f "$home"/runs.db-*
head -c 20000 /dev/urandom >"$home/runs.db"
no_store 'was not stored: .*damaged'
cp "$home/runs.db" kept.rubbish
cmp -s kept.rubbish "$home/runs.db" || fail 'a damaged store was changed'
rm "$home/runs.db"
chmod 500 "$home"
[ -w "$home" ] || no_store 'was not stored' # who is root may write all the same
chmod 700 "$home"
unset HOME
no_store 'no place for runs'
exit $failed
