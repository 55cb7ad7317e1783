#!/bin/bash
# An experiment with factors is interrupted while it builds and while it measures, once and twice: what was whole is kept,
# condition by condition, and nothing more is started.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/fault/lib.sh
. "${top_srcdir:-.}/tests/fault/lib.sh"

# write_script BUILD EPOCHS BLOCKS WINDOW : with two threads, set-up trains for EPOCHS.
write_script() {
	cat >"$scratch/factors.lua" <<LUA
local w = require "wattle"
return w.experiment {
  api = 1, name = "factors", question = "What counts?", needs = { dataset = "digits" }, build = "$1",
  factors = { threads = { 1, 2 } }, seeds = w.range(1, $3),
  setup = function(c)
    local d = w.data.load(c.dataset)
    local base = w.model.mlp { layers = { d.inputs, 8, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = c.threads == 2 and $2 or 1 })
    return { data = d, base = base }
  end,
  arms = { { "a", function(s) return s.base end },
           { "b", function(s) return s.base:lower { kernel = "dense" } end } },
  measure = function(m, s) return m:predict(s.data.test, { batch = 64 }) end,
  design = { warmup = 0, blocks = $3, window = $4, idle = 0 },
}
LUA
}

# Built in each block: in the middle of a training.
write_script block 100000 3 0.02
start "$scratch/factors.lua" --energy none
await '"type":"epoch","t_ns":[0-9]*,.*"condition":1,.*"epoch":3,'
kill -INT "$run"
ends 130 'a training of one condition interrupted'
grep -q '"type":"trial".*"condition":1' "$scratch/out" && fail 'a half trained arm became a trial'

# Built once: the first condition has ended, the second one is being built.
write_script once 100000 2 0.02
start "$scratch/factors.lua" --energy none
await '"type":"epoch","t_ns":[0-9]*,.*"condition":1,.*"epoch":3,'
kill -INT "$run"
ends 130 'the second condition interrupted while it was built'
[ "$(grep -c '"type":"verdict".*"condition":0' "$scratch/out")" -eq 3 ] || fail 'the condition that was whole has no verdicts'
grep -q '"type":"verdict".*"condition":0,"metric":"time".*"n":2,' "$scratch/out" || fail 'its blocks are not counted'

# Built once, measured: once ends behind the block, and the other condition does not begin; twice at once.
write_script once 1 100 0.1
start "$scratch/factors.lua" --energy none
await '"type":"window".*"arm":"a","block":1,'
kill -INT "$run"
ends 130 'a measurement interrupted'
grep -q '"condition":1' "$scratch/out" && grep '"condition":1' "$scratch/out" | grep -vq '"type":"run-begin"\|"type":"verdict"' &&
	fail 'the other condition was begun'
start "$scratch/factors.lua" --energy none --set design.window=3
await '"type":"window"'
kill -INT "$run"
sleep 0.2
kill -INT "$run"
ends 130 'a measurement aborted'
exit $failed
