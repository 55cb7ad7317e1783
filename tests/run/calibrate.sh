#!/bin/bash
# wattle energy calibrate, from end to end: the real programs below a preloaded library that makes a RAPL PMU of 25 W; the
# profile prices work where that PMU is not.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
# shellcheck source=tests/run/rapl.sh
. "$source/tests/run/rapl.sh"
make_rapl 25 || exit 77

# calibrate FLAGS... : what it says into $scratch/said and err. Where other programs disturb, there is nothing to test.
calibrate() {
	below timeout 100 "$build/wattle" energy calibrate --fast "$@" >"$scratch/said" 2>"$scratch/err" && return
	grep -qE 'quiet machine' "$scratch/err" && exit 77
	fail "calibrate $*: $(cat "$scratch/err")"
}

# refused STATUS WORDS ARGUMENTS... : it ends so, and says that.
refused() {
	wattle_ends "$1" said said "${@:3}"
	says said "$2"
}

refused 4 'needs a sensor that measures joules.*--energy none' energy calibrate --fast --energy none
refused 2 "did you mean 'calibrate'" energy calibrat

# What is drawn does not depend on the work: 25 W, and next to nothing for anything else.
calibrate --json --out "$scratch/p.json"
cp "$scratch/said" "$scratch/all"
fits all window calibration
for kernel in idle scalar stream faults switches dense int8 csr; do
	grep -q "\"type\":\"window\".*\"arm\":\"$kernel" "$scratch/all" || fail "no window of $kernel"
done
for key in '"wattle_profile": 1' '"source": "rapl-perf"' '"scope": "pkg"' '"sha256": "[0-9a-f]\{64\}"' '"vendor"' '"governor"'; do
	grep -q "$key" "$scratch/p.json" || fail "the profile has no $key"
done
static=$(sed -n '/"coefficients"/{n;p;}' "$scratch/p.json" | head -n 1)
awk -v w="$static" 'BEGIN { exit !(w + 0 > 24 && w + 0 < 26) }' || fail "static power is $static W, not 25"
below refused 4 'cannot write the profile' energy calibrate --fast --quiet --out "$scratch/p.json"
calibrate
for words in 'linear utilisation .*%' 'cubic utilisation .*%' 'left-out error' 'On this machine pricing work' 'Not kept'; do
	says said "$words"
done
head -n 1 "$scratch/said" >"$scratch/said.cpu"
[ ! -e "$scratch/.local" ] || fail 'a try was kept'

# Elsewhere: a model, said so; the profile of another processor and a damaged one are refused by name.
run priced "$source/tests/run/block.lua" --profile "$scratch/p.json" --seed 1
records priced window | grep -q '"provenance":"modelled","scope":"pkg","source":"profile"' || fail 'the profile prices no window'
records priced window | grep '"provenance"' | grep -vq '"source":"profile"' && fail 'another source, too'
timeout 60 "$build/wattle" energy --profile "$scratch/p.json" -- true 2>"$scratch/text" || fail "energy --: $(cat "$scratch/text")"
grep -q 'MODELLED' "$scratch/text" || fail "no MODELLED badge: $(cat "$scratch/text")"
sed 's/"windows": \([0-9]*\)/"windows": 1\1/' "$scratch/p.json" >"$scratch/damaged.json"
refused 4 'damaged.json: sha256' run "$source/tests/run/block.lua" --profile "$scratch/damaged.json"
head -c 300 "$scratch/p.json" >"$scratch/cut.json"
refused 4 'cut.json: line ' energy --profile "$scratch/cut.json" -- true
refused 4 'absent.json: No such file' energy --profile "$scratch/absent.json" -- true

# The list says which profile would price, and what is wrong with one that would be refused.
timeout 60 "$build/wattle" energy --profile "$scratch/p.json" >"$scratch/said" || fail "energy: $(cat "$scratch/said")"
grep -q "^profile  *model  *$scratch/p.json, of 2.*: [0-9]* windows by rapl-perf (pkg)" "$scratch/said" || fail "list: $(cat "$scratch/said")"
grep -q '^headline: .* priced by profile: MODELLED' "$scratch/said" || fail "list: $(cat "$scratch/said")"
timeout 60 "$build/wattle" energy --json --profile "$scratch/p.json" | grep -q '"name":"profile"[^}]*"state":"ok"' || fail 'list --json'
own=$scratch/data/wattle/profiles/$(grep -o '[A-Z][A-Za-z]*-[0-9]*-[0-9]*-[0-9]*' "$scratch/said.cpu").json
mkdir -p "${own%/*}"
cp "$scratch/p.json" "$own"
XDG_DATA_HOME=$scratch/data timeout 60 "$build/wattle" doctor >"$scratch/said" || fail "doctor: $(cat "$scratch/said")"
grep -q "^energy  *ok  *profile: .*($own, of 2" "$scratch/said" || fail "doctor: $(cat "$scratch/said")"
cp "$scratch/damaged.json" "$own"
XDG_DATA_HOME=$scratch/data timeout 60 "$build/wattle" energy >"$scratch/said" || fail "energy: $(cat "$scratch/said")"
grep -q "^profile  *no  *$own: sha256: the file is damaged" "$scratch/said" || fail "list: $(cat "$scratch/said")"
grep -q '^headline: none measures here, and nothing is priced' "$scratch/said" || fail "list: $(cat "$scratch/said")"
refused 4 'no profile of this processor' energy --energy profile -- true
exit $failed
