# Sourced by the tests of runs that go wrong: a script that never ends, and how a run is watched.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
export XDG_RUNTIME_DIR=$scratch

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

# start SCRIPT FLAGS... : begins a run in the background; $run is its process. Its folder marks it and all that it starts.
mkdir "$scratch/here"
start() {
	: >"$scratch/out"
	(cd "$scratch/here" && exec "$build/wattle" run "$@" --json) >"$scratch/out" 2>"$scratch/err" &
	run=$!
}

# Waits until the records hold $1; 20 s at most, so that a broken program fails here and does not hang.
await() {
	within 20 said_or_over "$1"
	has "$scratch/out" "$1" || fail "no record with $1"
}
said_or_over() { has "$scratch/out" "$1" || ! kill -0 "$run" 2>/dev/null; }

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

# The processes that work in our folder: those of the last run, whatever has become of their parent.
family() {
	local process
	for process in /proc/[0-9]*; do
		[ "$(readlink "$process/cwd" 2>/dev/null)" = "$scratch/here" ] && cat "$process/comm" 2>/dev/null
	done
}

nobody() {
	left=$(family)
	[ -z "$left" ]
}

# gone NAME : nothing is left of the run, and no scratch folder.
gone() {
	local left
	within 5 nobody || fail "$1: left behind: $left"
	left=$(ls "$XDG_RUNTIME_DIR/wattle" 2>/dev/null)
	[ -z "$left" ] || [ "${2:-}" = folder ] || fail "$1: left behind: $left"
	rm -rf "$XDG_RUNTIME_DIR/wattle"
}
