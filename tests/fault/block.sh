#!/bin/bash
# A run whose arms are built afresh is interrupted, runs out of its budget, or has its script edited: no half trained arm counts,
# nothing more is started, and what runs is what was summed up.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/fault/lib.sh
. "${top_srcdir:-.}/tests/fault/lib.sh"

# write_block EPOCHS WINDOW DESIGN SETTINGS : arm a is quick, arm b trains for EPOCHS. The first block begins with a.
write_block() {
	cat >"$scratch/block.lua" <<LUA
local w = require "wattle"
return w.experiment {
  api = 1, name = "block", question = "What counts?", needs = { dataset = "digits" }, seeds = { 1, 2, 3 }, build = "block",
  setup = function(c)
    local d = w.data.load(c.dataset)
    return { data = d, base = w.model.mlp { layers = { d.inputs, 8, d.classes }, seed = c.seed } }
  end,
  arms = { { "a", function(s) return s.base end },
           { "b", function(s) s.base:fit(s.data.train, { epochs = $1 }) return s.base end } },
  measure = function(m, s) return m:predict(s.data.test, { batch = 64 }) end,
  design = { window = $2, idle = 0, $3 },
}
LUA
}

write_block 100000 0.02 'warmup = 1, blocks = { min = 2, max = 2 }'
start "$scratch/block.lua" --energy none
await '"type":"epoch","t_ns":[0-9]*,"arm":"b".*"epoch":3,'
await '"type":"window".*"arm":"a"'
kill -INT "$run"
ends 130 'a training interrupted'
grep -q '"type":"trial".*"arm":"b"' "$scratch/out" && fail 'a half trained arm became a trial'
[ "$(grep -c '"type":"arm-begin","t_ns":[0-9]*,"arm":"b"' "$scratch/out")" -eq 1 ] || fail 'more was started after the interrupt'

# The budget is over before the second arm of the first block begins, for a alone takes as long.
write_block 1 0.5 'warmup = 0, budget = 0.4, blocks = { min = 2, max = 2 }'
start "$scratch/block.lua" --energy none
ends 6 'a budget spent'
[ "$(grep -c '"type":"trial"' "$scratch/out")" -le 1 ] || fail 'the budget was looked at after whole blocks only'

write_block 1 0.02 'warmup = 1, blocks = { min = 2, max = 2 }'
start "$scratch/block.lua" --energy none
await '"type":"trial"'
cp "$scratch/block.lua" "$scratch/before.lua"
echo 'error "another script"' >"$scratch/block.lua"
status=0
wait "$run" || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 6 ] || fail "a script edited while it runs: status $status"
grep -q 'another script' "$scratch/out" && fail 'the edited script ran under the checksum of the first'
grep -q "\"script_sha256\":\"$(sha256sum <"$scratch/before.lua" | cut -d ' ' -f 1)\"" "$scratch/out" || fail 'the checksum is wrong'
gone 'script edited'
exit $failed
