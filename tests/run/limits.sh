#!/bin/bash
# Limits are the user's: --time-limit and --max-memory hold for runs, set-ups and checks of lessons, whatever these ask for.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
export WATTLE_PATH=$source/tests/run/limits
own=$WATTLE_PATH/limits-01

# ends STATUS ARGUMENTS... : into $scratch/out and $scratch/err.
ends() {
	wattle_ends "$1" out err "${@:2}"
}
echo '{"ex1":{"file":"'"$own"'/ex1.lua"}}' >"$scratch/wrong.json"
play=(lesson limits.01 --headless --energy none --answers)

# A run that gives itself an hour, a check that gives itself ten minutes.
ends 3 "${play[@]}" "$own/answers.json" --time-limit 0.2s
says err 'limits-01.lua:[0-9]*: time limit reached (in the script); --time-limit is 0.2 s'
ends 0 "${play[@]}" "$own/answers.json" --seed 1 --time-limit 20s
ends 1 "${play[@]}" "$scratch/wrong.json" --seed 1 --time-limit 0.5s
says out "time limit (0.5 s) in check 'works'"
ends 5 check "$own/ex1.lua" --time-limit 500ms
says out "✗ timeout works"
says out "time limit (0.5 s) in check 'works'"
# What a check says is told whole.
says out 'long and whole$'
# Lua has 64 MiB, whatever the worker has.
ends 3 "${play[@]}" "$own/answers.json" --seed 2
says err 'limits-01.lua: memory limit reached (64 MiB for the script)'
# The lesson's own is less, and stays.
sed 's/seconds = 600/seconds = 0.3/' "$WATTLE_PATH/limits-01.lua" >"$scratch/limits-01.lua"
cp -r "$own" "$scratch"
WATTLE_PATH=$scratch ends 5 check "$scratch/limits-01/ex1.lua" --time-limit 20s
says out "time limit (0.3 s) in check 'works'"
# So has a set-up.
sed 's/    checks = {/    setup = function() while true do end end,\n&/' "$WATTLE_PATH/limits-01.lua" >"$scratch/limits-01.lua"
WATTLE_PATH=$scratch ends 3 check "$scratch/limits-01/ex1.solution.lua" --time-limit 0.3s
says out 'time limit reached (in the script); --time-limit is 0.3 s'
# A lesson that asks for more than there is does not load.
for change in 's/seconds = 3600/seconds = 1e9/ 3600' 's/seconds = 600/seconds = 1e9/ 600'; do
	sed "${change% *}" "$WATTLE_PATH/limits-01.lua" >"$scratch/limits-01.lua"
	ends 3 author lint "$scratch/limits-01.lua"
	says err "limits-01.lua:[0-9]*: .*: seconds must be 0.01 to ${change##* }"
done
# Authors try their lessons within limits of their own.
ends 1 author test "$WATTLE_PATH/limits-01.lua" --time-limit 0.5s
says out '✓ the solution of ex1'
says out '✗ answers.json, --energy none: .*; --time-limit is 0.5 s'
ends 2 author lint "$WATTLE_PATH/limits-01.lua" --time-limit 1s
says err '--time-limit goes with author preview test'
ends 2 lesson limits.01 --headless --max-memory 1M
says err 'max-memory'

# A million tables do not fit into the memory of a worker that has little.
if ! grep -q "define WITH_SANITIZER" "$build/config.h"; then
	sed -i 's/while true do pcall(error) end/return 1/' "$scratch/limits-01/ex1.lua"
	cp "$WATTLE_PATH/limits-01.lua" "$scratch"
	WATTLE_PATH=$scratch ends 3 check "$scratch/limits-01/ex1.lua" --max-memory 64M
	says out '✓ pass works'
	says out 'ex1.lua.*no memory left for the script; --max-memory'
	ends 3 "${play[@]}" "$own/answers.json" --seed 2 --max-memory 64M
	says err 'limits-01.lua: no memory left for the script; --max-memory'
fi
exit $failed
