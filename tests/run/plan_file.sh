#!/bin/bash
# Plans: shown block by block, trial by trial as JSON, and as a file that is run from, whole or in parts; not when the file, the
# script or the dataset was changed since.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
unset SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT SLURM_ARRAY_TASK_MIN SLURM_ARRAY_TASK_STEP
cd "$scratch" || exit 1
cp "$source/tests/run/factors.lua" sweep.lua
small=(--set factors.dataset=digits)

# refused STATUS TEXT ARGUMENTS... : wattle run ends so and says that; nothing was begun.
refused() {
	wattle_ends "$1" out err run "${@:3}" --json
	grep -qF -- "$2" err || fail "wattle run ${*:3}: not '$2' but $(cat err)"
	grep -q '"type":"epoch"' out && fail "wattle run ${*:3}: it was begun"
}

"$build/wattle" run sweep.lua --plan >out 2>err || fail "no plan: $(cat err)"
grep -q '^4 conditions, each a comparison of its own' out || fail 'the plan does not tell the conditions'
[ "$(grep -c '^ *2  seed 2 .*: .*pruned' out)" -eq 4 ] || fail 'block 2 is not there in four conditions'
"$build/wattle" run sweep.lua --plan --json >plan.json 2>err || fail "no plan: $(cat err)"
[ "$(grep -c '"type":"planned-trial"' plan.json)" -eq 24 ] || fail 'not 24 trials are planned'
[ "$(grep -o '"id":"[0-9a-f]*"' plan.json | sort -u | wc -l)" -eq 24 ] || fail 'two trials have one id'
fits plan.json planned-run planned-trial
"$build/wattle" run sweep.lua --plan=plan.jsonl >out 2>err || fail "no plan file: $(cat err)"
cmp -s plan.json plan.jsonl || fail 'the file is not what --json prints'
refused 4 'cannot write the plan' sweep.lua --plan=plan.jsonl

# A dataset that is not here and has an alternative is left out, which is told.
sed 's/factors = .*/needs = { dataset = { "digits", "mnist" } }, factors = { dataset = { "mnist", "digits" } },/' sweep.lua >left.lua
"$build/wattle" run left.lua --plan >out 2>err || fail "no plan without mnist: $(cat err)"
grep -q '^! left out, as they are not here: mnist$' out || fail 'what was left out is not told'
grep -q '^1 conditions' out && fail 'one conditions'

# Other settings, other trials: their ids too.
"$build/wattle" run sweep.lua "${small[@]}" --plan=small.jsonl || fail 'no plan of one dataset'
"$build/wattle" run sweep.lua "${small[@]}" --seed 7 --plan=seven.jsonl || fail 'no plan with another seed'
ids() { grep -o '"id":"[0-9a-f]*"' "$1" | sort; }
[ -z "$(comm -12 <(ids small.jsonl) <(ids seven.jsonl))" ] || fail 'another seed gave the same id'

# trials FILE : what was run, as it was planned.
trials() {
	grep '"type":"planned-trial"\|"type":"trial"' "$1" |
		sed 's/.*"arm":"\([^"]*\)","block":\(-*[0-9]*\),"seed":\([0-9]*\),"condition":\([0-9]\).*/\4 \1 \2 \3/
			s/.*"arm":"\([^"]*\)","block":\(-*[0-9]*\).*"condition":\([0-9]\),"seed":\([0-9]*\).*/\3 \1 \2 \4/' | sort -u
}
run whole --from small.jsonl --energy none
trials small.jsonl | cmp -s - <(trials whole) || fail 'what ran is not what was planned'
run half1 --from small.jsonl --energy none --shard 1/2
SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=7 run half2 --from small.jsonl --energy none
grep -q '"shard":"2/2"' half2 || fail 'the task of the array is not its shard'
trials half1 | grep ' 0 1$' >/dev/null || fail 'the first half lacks block 0'
trials half2 | grep ' 1 2$' >/dev/null || fail 'the second half lacks block 1'
trials half2 | grep ' 0 1$' && fail 'the second half ran block 0'
"$build/wattle" runs merge half1 half2 >out 2>err || fail "no merge: $(cat err)"
"$build/wattle" runs export last >merged
trials small.jsonl | cmp -s - <(trials merged) || fail 'the merged halves are not what was planned'
SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=2 run alone sweep.lua "${small[@]}" --energy none --no-store
grep -q '"shard"' alone && fail 'a task of an array became a shard without a plan'

# What changed is told.
SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=7 refused 2 'is none of 2 tasks' --from small.jsonl
SLURM_ARRAY_TASK_ID=x SLURM_ARRAY_TASK_COUNT=2 refused 2 'is no number' --from small.jsonl
refused 2 'the plan has its own --seed' --from small.jsonl --seed 3
refused 2 'the plan has its own --set' --from small.jsonl --set fail=1
refused 2 'usage: wattle run FILE.lua'
refused 2 'usage: wattle run FILE.lua' sweep.lua other.lua
refused 2 'behind an equals sign: --plan=new.jsonl' sweep.lua --plan new.jsonl
refused 4 'none.jsonl' --from none.jsonl
sed 's/"arm":"pruned","block":1/"arm":"pruned","block":0/' small.jsonl >changed.jsonl
refused 4 'is not that of the plan: the file was changed' --from changed.jsonl
head -n 5 small.jsonl >short.jsonl
refused 4 'ends behind trial 4 of 12' --from short.jsonl
(cat small.jsonl && tail -n 1 small.jsonl) >long.jsonl
refused 4 'more trials than the plan has: 12' --from long.jsonl
refused 4 'it is no plan' --from whole
: >empty.jsonl
refused 4 'it is empty' --from empty.jsonl
sed 's/"version":"[^"]*"/"version":"0.0.0"/' small.jsonl >version.jsonl
refused 4 'the file was changed' --from version.jsonl
echo '-- changed' >>sweep.lua
refused 4 'sweep.lua has changed since it was planned' --from small.jsonl
refused 4 'has changed since it was planned' --from small.jsonl sweep.lua
sed -i '$d' sweep.lua
refused 3 'other.lua' --from small.jsonl other.lua

# A dataset of one's own that was imported anew, with other rows.
rows() { echo a,b,kind && for i in $(seq 40); do echo "$((i * $1 % 17)),$((i % 5)),$((i % 2))"; done; }
rows 3 >own.csv
"$build/wattle" data import own own.csv --label kind --test 0.25 --replace >out 2>err || fail "no import: $(cat err)"
cat >own.lua <<'LUA'
local w = require "wattle"
return w.experiment {
  api = 1, name = "own", needs = { dataset = "own" }, seeds = { 1 },
  setup = function(c)
    local d = w.data.load(c.dataset)
    return { data = d, base = w.model.mlp { layers = { d.inputs, 4, d.classes }, seed = c.seed } }
  end,
  arms = { { "one", function(s) return s.base end }, { "two", function(s) return s.base end } },
  design = { warmup = 0, blocks = 1, window = 0.01, idle = 0 },
}
LUA
"$build/wattle" run own.lua --plan=own.jsonl >out 2>err || fail "no plan: $(cat err)"
run own --from own.jsonl --energy none --no-store
rows 7 >own.csv
"$build/wattle" data import own own.csv --label kind --test 0.25 --replace >out 2>err || fail "no import: $(cat err)"
refused 4 'the dataset own is another here' --from own.jsonl
exit $failed
