#!/bin/bash
# A run whose processes are killed, interrupted or out of time: the records end with run-end, the exit status is right, and no
# process is left behind.
# SPDX-License-Identifier: MIT
set -u
build=$(cd "${top_builddir:-.}" && pwd)
[ -x "$build/wattle" ] || exit 77
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch
unset XDG_DATA_HOME XDG_RUNTIME_DIR WATTLE_DATA
failed=0

fail() {
	printf 'FAILED: %s\n' "$*"
	tail -n 3 "$scratch/out" "$scratch/err" 2>/dev/null | cut -c 1-400
	failed=1
}

# A script that measures for ever: it ends by what is done to it.
cat >"$scratch/long.lua" <<'LUA'
local w = require "wattle"
return w.experiment {
  api = 1, name = "long", question = "Who ends this?", needs = { dataset = "digits" }, seeds = { 1 }, build = "once",
  setup = function(c)
    local d = w.data.load(c.dataset)
    local m = w.model.mlp { layers = { d.inputs, 8, d.classes }, seed = c.seed }
    m:fit(d.train, { epochs = 1 })
    return { data = d, base = m }
  end,
  arms = { { "a", function(s) return s.base:lower { kernel = "dense" } end },
           { "b", function(s) return s.base:lower { kernel = "dense" } end } },
  measure = function(m, s) return m:predict(s.data.test, { batch = 64 }) end,
  design = { warmup = 0, blocks = { min = 10, max = 1000 }, window = 0.05, idle = 0 },
  analysis = { primary = { "time" }, margin = { time = 1e-6 } },
}
LUA

# start SCRIPT FLAGS... : begins a run in the background; $run is its process.
start() {
	: >"$scratch/out"
	"$build/wattle" run "$@" --json >"$scratch/out" 2>"$scratch/err" &
	run=$!
}

# Waits until the records hold $1; 20 s at most, so that a broken program fails here and does not hang.
await() {
	for _ in $(seq 400); do
		grep -q "$1" "$scratch/out" && return 0
		kill -0 "$run" 2>/dev/null || break
		read -r -t 0.05 <> <(:) || :
	done
	grep -q "$1" "$scratch/out" || fail "no record with $1"
}

# The one child of $run by that name.
child() {
	pgrep -P "$run" -f "$1"
}

# ends STATUS NAME : waits for the run, checks its status and its last record, and that nothing of it is left.
ends() {
	local status=0
	wait "$run" || status=$?
	[ "$status" -eq "$1" ] || fail "$2: status $status, not $1"
	tail -n 1 "$scratch/out" | grep -q "\"type\":\"run-end\".*\"exit\":$1" || fail "$2: no run-end with exit $1"
	gone "$2"
}

gone() {
	local left
	for _ in $(seq 40); do
		left=$(pgrep -f "$build/.*wattle-(worker|meter)|^wattle-(worker|meter)" | xargs -r ps -o ppid=,pid=,args= -p 2>/dev/null | awk -v me="$run" '$1 == me || $1 == 1')
		[ -z "$left" ] && return
		read -r -t 0.05 <> <(:) || :
	done
	fail "$1: left behind: $left"
}

start "$scratch/long.lua"
await '"type":"trial"'
kill -9 "$(child wattle-worker)"
ends 5 'worker killed'
grep -q '"why":"the worker was killed by signal 9' "$scratch/out" || fail 'run-end does not say who was killed'

start "$scratch/long.lua"
await '"type":"trial"'
kill -9 "$(child wattle-meter)"
ends 5 'meter killed'
grep -q 'meter' <(tail -n 1 "$scratch/out") || fail 'run-end does not name the meter'

start "$scratch/long.lua"
await '"type":"trial"'
kill -INT "$run"
ends 130 'interrupted once'
grep -q '"type":"verdict"' "$scratch/out" || fail 'whole blocks were not kept'

start "$scratch/long.lua"
await '"type":"trial"'
for _ in 1 2 3 4 5; do kill -INT "$run"; done
ends 130 'interrupted five times'

start "$scratch/long.lua"
await '"type":"trial"'
kill -TERM "$run"
ends 143 'terminated'

start "$scratch/long.lua" --time-limit 1
ends 5 'time limit'
grep -q 'time limit' "$scratch/out" || fail 'the time limit is not named'

# The reader itself dies: nobody is there to say so, but nobody must be left either.
start "$scratch/long.lua"
await '"type":"trial"'
kill -9 "$run"
wait "$run" 2>/dev/null
gone 'reader killed'

# Scripts that try to stay: the language stops them softly.
hostile() {
	printf '%s\n' "$2" >"$scratch/hostile.lua"
	start "$scratch/hostile.lua" --time-limit 1
	ends "$3" "$1"
}
hostile 'endless loop' 'while true do end' 5
hostile 'endless loop in pcall' 'while true do pcall(function() while true do end end) end' 5
hostile 'memory bomb' 'local t = {} for i = 1, 1e12 do t[i] = ("x"):rep(1000) .. i end' 5
hostile 'os.execute' 'os.execute("id")' 3
hostile 'a table that is no experiment' 'return {}' 3

# What the command line itself refuses.
refused() {
	local status=0
	"$build/wattle" "${@:2}" >"$scratch/out" 2>"$scratch/err" || status=$?
	[ "$status" -eq "$1" ] || fail "wattle ${*:2}: status $status, not $1"
	[ -s "$scratch/err" ] || fail "wattle ${*:2}: no message"
}
refused 2 fly
refused 2 run
refused 2 run --sed 3 "$scratch/long.lua"
refused 2 run --threads many "$scratch/long.lua"
refused 2 list planes
refused 3 run "$scratch/absent.lua"
refused 3 run "$scratch"
refused 3 run /dev/null
refused 2 run --kernel dense-magic "$scratch/long.lua"
refused 2 run --set nothing=3 "$scratch/long.lua"
refused 4 run --energy rapl-perf "$scratch/long.lua"
refused 2 run --energy sunshine "$scratch/long.lua"

exit $failed
