#!/bin/bash
# wattle compare: commands, scripts and model files beside one another, and one of them with itself.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
cd "$scratch" || exit 1

# compare NAME STATUSES ARGUMENTS... : its standard output into NAME.
compare() {
	wattle_ends "$2" "$1" "$1.err" compare "${@:3}"
}

says() { grep -qF -- "$2" "$1" || fail "$1: '$2' is not there: $(tail -n 3 "$1")"; }

# Commands: a difference that is planted is found; the run is stored and can be run again.
compare commands 0 --command short='sleep 0.01' --command long='sleep 0.03' --primary time --blocks 10 --energy none --seed 5
says commands 'long is worse:'
says commands 'short is: /bin/sh -c '
says commands 'time / run'
"$build/wattle" runs ls >out 2>&1
says out compare
timeout 60 "$build/wattle" runs rerun last --quiet >out 2>err || fail "run again: $(cat err)"
timeout 60 "$build/wattle" report last >page.html 2>err || fail "no report: $(cat err)"
says page.html 'wattle runs rerun '
grep -q 'wattle run -' page.html && fail 'the page says how to run a script that lies in no file'
compare versus 0 --command short='sleep 0.01' --command long='sleep 0.03' --versus long --margin 1 --primary time --blocks 10 --energy none --no-store
says versus 'short is better:'
compare json '0 6' --command a=true --command b=true --blocks 2 --json --energy none
[ "$(grep -c '"type":"trial"' json)" -eq 6 ] || fail 'not 2 arms in 3 blocks'
compare plan 0 --command a='echo "x y"' --command b=true --blocks 2 --plan
says plan "command of a: /bin/sh -c 'echo \"x y\"'"

# One with itself.
compare aa '0 1' --command a='sleep 0.01' --aa --blocks 10 --energy none --margin 30
grep -qE 'No difference is claimed between an arm and itself|A difference is claimed where there is none' aa || fail "aa: $(cat aa)"
compare few 6 --command a=true --aa --blocks 2 --energy none --primary time
says few 'Too few blocks'
# A program that looks at its name differs from itself.
# shellcheck disable=SC2016
compare untrue 1 --command a='case $WATTLE_ARM in *again) sleep 0.04 ;; *) sleep 0.01 ;; esac' --aa --blocks 10 --energy none --primary time
says untrue 'A difference is claimed where there is none'

# Scripts: each with its own set-up, parameters and measure; names are told apart where they clash.
cat >one.lua <<'END'
local w = require "wattle"
return w.experiment {
  api = 1, name = "one", question = "One?",
  needs = { dataset = "digits" },
  params = { depth = 3 },
  setup = function(c) return { data = w.data.load(c.dataset), depth = c.param.depth } end,
  arms = {
    { "tree", function(s, c) assert(c.dataset == "digits"); return w.model.tree { depth = s.depth }:fit(s.data.train) end },
    { "bayes", function(s) return w.model.gaussian_nb { }:fit(s.data.train) end },
  },
  measure = function(m, s) assert(s.depth == 3); return m:predict(s.data.test) end,
  design = { warmup = 0, blocks = 2, window = 0.02, idle = 0 },
}
END
cat >two.lua <<'END'
local w = require "wattle"
return w.experiment {
  api = 1, name = "two", question = "Two?",
  needs = { dataset = "digits" },
  params = { words = "]==]" },
  setup = function(c) return { data = w.data.load(c.dataset), words = c.param.words } end,
  arms = {
    { "tree", function(s) return w.model.tree { depth = 5 }:fit(s.data.train) end },
    { "other", function(s) return w.model.tree { depth = 2 }:fit(s.data.train) end },
  },
  measure = function(m, s) assert(s.words == "]==]"); return m:predict(s.data.test) end,
  design = { warmup = 5, blocks = 9, window = 1, idle = 0 },
}
END
compare scripts '0 6' one.lua two.lua --energy none --json
for arm in 'one: tree' bayes 'two: tree' other; do
	[ "$(records scripts trial "$arm" | wc -l)" -eq 2 ] || fail "not two trials of $arm"
done
compare flags '0 6' one.lua two.lua --energy none --json --blocks 1 --versus other --window 0.01
grep '"type":"run-begin"' flags | grep -q '"versus":"other"' || fail 'another baseline'
grep '"type":"run-begin"' flags | grep -q '"window_s":0.01' || fail 'another window'
mkdir once
for name in one two; do sed 's/setup = /build = "once", setup = /' $name.lua >once/$name.lua; done
compare built '0 6' once/one.lua once/two.lua --energy none --json
[ "$(records built window | wc -l)" -eq 8 ] || fail 'not four arms in two blocks'
compare again '0 1 6' one.lua --aa --energy none --json
[ "$(values again trial arm | LC_ALL=C sort -u | tr '\n' ' ')" = '"arm":"tree again" "arm":"tree" ' ] || fail 'not the baseline with itself'
[ "$(values again trial accuracy | sort -u | wc -l)" -le 2 ] || fail 'the same arm has another accuracy'
compare mixed 3 one.lua once/two.lua --energy none
says mixed.err 'one builds its arms in each block, two once'
sed 's/depth = 5/depht = 5/' two.lua >broken.lua
compare broken 3 one.lua broken.lua --energy none
says broken.err 'broken.lua:8'
echo 'return 1 +' >syntax.lua
compare syntax 3 one.lua syntax.lua --energy none
says syntax.err 'syntax.lua:2'
echo 'return 1' >none.lua
compare none 3 one.lua none.lua --energy none
says none.err 'none returned no experiment'
cat >commands.lua <<'END'
local w = require "wattle"
return w.experiment { api = 1, name = "c", arms = { { "x", command = "true" }, { "y", command = { "true" } } },
  design = { warmup = 0, blocks = 1, idle = 0 }, analysis = { primary = { "time" } } }
END
compare untrusted 4 commands.lua one.lua --energy none
says untrusted.err 'give --trust once'
compare trusted '0 6' commands.lua one.lua --energy none --trust --set design.window=0.02
says trusted 'not the same work'

says untrusted.err 'the comparison of commands.lua and one.lua starts programs'
# A claim is against its own script's baseline, or it is none.
sed '/^  design/i\  claims = { { "bayes takes less time", arm = "bayes", metric = "time", below = 0.9 } },' one.lua >claims.lua
compare claims '0 1 6' claims.lua two.lua --energy none --json
grep '"type":"run-begin"' claims | grep -q 'bayes takes less time' || fail 'a claim is gone'
compare noclaims '0 6' claims.lua two.lua --energy none --json --versus bayes
grep '"type":"run-begin"' noclaims | grep -q 'bayes takes less time' && fail 'a claim is judged against another baseline'
[ "$(grep -c 'the claims of one are left out: they are against its baseline' noclaims)" -eq 1 ] || fail 'that claims are left out is not told once'

# Model files: these very models, on the test rows of a dataset.
"$build/wattle" bench train --model mlp --layers 64,16,10 --data digits --epochs 1 --out a.model --quiet >out 2>&1 || fail "no model: $(cat out)"
"$build/wattle" bench train --model mlp --layers 64,64,10 --data digits --epochs 1 --out b.model --quiet >out 2>&1 || fail "no model: $(cat out)"
compare models '0 6' a.model b.model --on digits --blocks 10 --window 0.02 --energy none --set design.idle=0
says models 'trained once: the verdicts cover these models'
says models 'accuracy'
# Reading a file is not making a model: nothing pays back.
if grep -E 'pays back|set-up included' models; then fail 'what it took to load a model is told as what it took to make it'; fi
compare modelsjson '0 6' a.model b.model --on digits --blocks 2 --window 0.02 --energy none --set design.idle=0 --json
says modelsjson '"build_s":null,"build_s_why":"the model was loaded, not built"'
compare modelsaa '0 1' a.model --on digits --aa --blocks 10 --window 0.02 --energy none --set design.idle=0 --margin 30
timeout 60 "$build/wattle" runs rerun last >out 2>err && fail 'files that are not stored were found'
says err 'handed over by wattle compare only'

# Stored runs: a table, and no word between them.
"$build/wattle" run one.lua --energy none --quiet >out 2>&1
"$build/wattle" runs ls --json >ids
first=$(grep -o '"run":"[0-9a-f]*"' ids | sed -n 1p | cut -d'"' -f4)
compare stored 0 last "$first"
says stored tree
compare csv 0 last "$first" --format csv
head -n 1 csv | grep -q ',' || fail "no CSV: $(head -n 2 csv)"
compare nosuch 2 last no-such-run
says nosuch.err 'no-such-run'
compare notaa 2 last --aa
says notaa.err 'what is stored is not run'
compare notseed 2 last last --seed 3
says notseed.err '--seed is not for a stored run'
for flag in report=page plan out=records window=1 energy=none primary=time set=a=1 resume margin=3 margin-pt=1 time-limit=9 \
	threads=1 blocks=3 no-store kernel=auto require=measured max-memory=1G limit=1 on=digits versus=tree batch=2 trust; do
	compare notflag 2 last "$first" "--$flag"
	says notflag.err "--${flag%%=*} is not for a stored run"
done
[ ! -e page ] && [ ! -e records ] || fail 'flags that are refused do something'

# What makes no sense.
compare e1 2
says e1.err 'give what is to be compared'
compare e2 2 one.lua
says e2.err 'one script alone'
compare e3 2 one.lua a.model
says e3.err 'one kind at a time'
compare e4 2 a.model b.model
says e4.err '--on DATASET'
compare e5 2 one.lua two.lua --aa
says e5.err '--aa compares one script with itself'
compare e6 2 --command a=true --command b=true --on digits
says e6.err '--on is not for a command'
compare e7 2 --command a=true --command b=true --primary time,speed
says e7.err "'speed' is no metric"
compare e8 3 one.lua missing.lua
says e8.err 'missing.lua'
compare e10 4 missing.model a.model --on digits
says e10.err 'there is no file missing.model'
compare e11 4 ./one a.model --on digits
says e11.err 'there is no file ./one'
head -c 2000 a.model >torn.model
compare e13 4 a.model torn.model --on digits --energy none
says e13.err ': torn.model: '
compare e14 4 a.model b.model --on nosuch
says e14.err "wattle: --on: there is no dataset 'nosuch'"
compare e15 2 --command a=true --command b=true --versus c --plan
says e15.err "wattle: --versus: there is no arm 'c'"
compare e16 2 one.lua two.lua --versus c --no-store --json
says e16.err "wattle: --versus: there is no arm 'c'"
grep '"type":"run-end"' e16 | grep -q '"exit":2' || fail 'the records have another exit status'
compare e17 2 --command a=true --command a=false
says e17.err "two are called 'a'"
compare e12 4 e10.err a.model --on digits
says e12.err 'e10.err is neither a script (A.lua) nor a model file'
compare e9 2 one.lua --aa --versus tree
says e9.err 'one arm only'
exit $failed
