#!/bin/bash
# What is kept of a run is little, and brings back every figure of it.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
mkdir "$scratch/course"
export WATTLE_PATH=$scratch/course
cat >"$WATTLE_PATH/test-01.lua" <<'LUA'
local w = require "wattle"
return w.lesson { api = 1, id = "test.01", title = "Kept", minutes = 1, goals = { "Keep" }, needs = { dataset = "digits" },
  fast = { window = 0.002, blocks = 10 },
  w.run { id = "race", title = "Race", body = function(c)
      local d = w.data.load(c.dataset)
      local m = w.model.mlp { layers = { d.inputs, 32, d.classes }, seed = c.seed }
      m:fit(d.train, { epochs = 1 })
      local small = m:with(w.technique.prune { sparsity = 0.5, epochs = 0 })
      return w.compare { on = d.test, blocks = 10, arms = { { "net", m }, { "small", small } } }
    end },
  w.text "# Figures\n\nTime {{race.small.time|ratio}}, {{race.net.time|s}}; accuracy {{race.small.accuracy|pct}}, {{race.net.bytes|n}}." }
LUA

# sitting COMMAND... : one sitting; the line with the figures into $scratch/NAME.
sitting() {
	local name=$1
	shift
	wattle_ends 0 out out lesson test.01 --linear --fast --energy none < <(printf '%s\n' "$@" quit quit)
	tr '\n' ' ' <"$scratch/out" | grep -o 'Time [0-9][^;]*; accuracy [^.]*\.[^.]*\.' | tail -n 1 >"$scratch/$name"
	[ -s "$scratch/$name" ] || fail "$name: no figures: $(cat "$scratch/out")"
}

sitting first run next
sitting again
cmp -s "$scratch/first" "$scratch/again" || fail "it was $(cat "$scratch/first"), and is $(cat "$scratch/again")"

# Each block tells only what is new in it.
progress=$HOME/.local/state/wattle/progress.jsonl
line=$(grep '"event":"run"' "$progress")
[ "${#line}" -lt 16000 ] || fail "the run takes ${#line} bytes"
[ "$(printf '%s\n' "$line" | grep -o '"as_before":true' | wc -l)" -ge 30 ] || fail 'blocks repeat themselves'

# A run that cannot be brought back has ended, too: it can be run again.
cp "$progress" "$scratch/progress"
sed -i '/"event":"run"/s/"cost":"time"/"cost":"energy"/' "$progress"
cmp -s "$progress" "$scratch/progress" && fail 'no cost was changed'
wattle_ends 0 out out lesson test.01 --linear --fast --energy none < <(printf '%s\n' back run quit quit)
tr '\n' ' ' <"$scratch/out" >"$scratch/told"
says told 'Not everything could be brought back'
says told 'The run has finished'
cp "$scratch/progress" "$progress"
# Nor is one that lacks what its blocks build on: its figures would be others.
cp "$progress" "$scratch/whole"
python3 - "$scratch/whole" >"$progress" <<-'PYTHON'
	import json, sys
	for line in open(sys.argv[1]):
	    event = json.loads(line)
	    if event["event"] == "run":
	        event["records"] = [r for r in event["records"] if r.get("as_before") or r["type"] not in ("window", "trial")]
	    print(json.dumps(event, separators=(",", ":")))
PYTHON
wattle_ends 0 out out lesson test.01 --linear --fast --energy none < <(printf 'quit\nquit\n')
tr '\n' ' ' <"$scratch/out" >"$scratch/told"
says told 'Not everything could be brought back'
grep -q 'Time [0-9]' "$scratch/told" && fail "figures of half a run: $(cat "$scratch/told")"
cp "$scratch/whole" "$progress"

# A run that was damaged is not brought back, and that is told; the list does not look into it.
sed -i '/"event":"run"/s/"time_s":/"time_s" /' "$progress"
wattle_ends 0 out out lesson --linear --fast
says out "test.01: Kept"
wattle_ends 0 out out lesson test.01 --linear --fast --energy none < <(printf 'quit\nquit\n')
tr '\n' ' ' <"$scratch/out" >"$scratch/told"
says told 'is damaged and left out'
exit $failed
