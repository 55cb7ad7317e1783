#!/bin/bash
# The worker's commands pause and step: one epoch or one window a step.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/fault/lib.sh
. "${top_srcdir:-.}/tests/fault/lib.sh"

cat >"$scratch/epochs.lua" <<'LUA'
local w = require "wattle"
return w.experiment {
  api = 1, name = "epochs", question = "Who steps?", needs = { dataset = "digits" }, seeds = { 1 }, build = "once",
  setup = function(c)
    local d = w.data.load(c.dataset)
    local m = w.model.mlp { layers = { d.inputs, 8, d.classes }, seed = c.seed }
    m:fit(d.train, { epochs = 100000 })
    return { data = d, base = m }
  end,
  arms = { { "a", function(s) return s.base end }, { "b", function(s) return s.base end } },
  measure = function(m, s) return m:predict(s.data.test, { batch = 64 }) end,
}
LUA

say() {
	printf '{"v":1,"type":"command","command":"%s"}\n' "$1" >&9
}

mkfifo "$scratch/commands"
exec 9<>"$scratch/commands"
printf '{"v":1,"type":"job","job":"run","origin_ns":0,"threads":1,"batch":0,"script":"epochs.lua","energy":"none","data":["%s"]}\n' \
	"$source/datasets" >&9
say pause
say step
mkdir "$scratch/folder"
: >"$scratch/out"
(cd "$scratch/here" && exec "$build/wattle-worker" 3>"$scratch/out" 4<"$scratch/commands" 5<&- 6<"$scratch/epochs.lua" \
	7<"$scratch/folder" 9>&-) 2>"$scratch/err" &
run=$!
for epoch in 1 2 3 4 5; do
	await "\"type\":\"epoch\".*\"epoch\":$epoch,"
	[ "$failed" -eq 0 ] || break
	[ "$epoch" -eq 5 ] || say step
done
# The last one: it would have run on through hundreds of epochs until this is heard.
say abort
wait "$run"
[ $? -eq 130 ] || fail "an aborted worker: $(cat "$scratch/err")"
[ "$(grep -c '"type":"epoch"' "$scratch/out")" -eq 5 ] || fail 'a step is not one epoch'
gone 'stepped'
exit $failed
