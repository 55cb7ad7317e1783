#!/bin/bash
# One experiment twice, with the same seeds: accuracies, predictions, sizes and multiply-adds must agree to the last bit,
# and the intervals of the cost ratios overlap.
#
#   top_builddir=build tests/bench/twice.sh [SCRIPT [FLAG...]]
# SPDX-License-Identifier: MIT
set -eu
build=$(cd "${top_builddir:-build}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
script=${1:-$here/../../scripts/int8-vs-pruned.lua}
[ $# -eq 0 ] || shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
for run in first second; do
	status=0
	"$build/wattle" run "$script" --json --no-store "$@" >"$scratch/$run" 2>"$scratch/$run.err" || status=$?
	case $status in
	0 | 1 | 4 | 6) printf '%s run: exit status %d\n' "$run" "$status" ;;
	*)
		cat "$scratch/$run.err" >&2
		exit 1
		;;
	esac
done
exec python3 - "$scratch/first" "$scratch/second" <<'PYTHON'
import json
import sys


def read(path):
    trials, verdicts = {}, {}
    for line in open(path, encoding="utf-8"):
        r = json.loads(line)
        if r["type"] == "trial" and r["block"] >= 0:
            place = (r.get("condition"), r["block"], r["arm"])
            trials[place] = tuple(r.get(key) for key in ("accuracy", "hits", "macs", "size_bytes", "seed"))
        elif r["type"] == "verdict":
            verdicts[(r.get("condition"), r["arm"], r["metric"])] = r
    return trials, verdicts


(one, first), (two, second) = read(sys.argv[1]), read(sys.argv[2])
both = one.keys() & two.keys()
differ = [place for place in both if one[place] != two[place]]
print(f"{len(both)} trials in both runs, {len(differ)} differ")
apart = 0
for place, a in first.items():
    b = second.get(place)
    if b is None or a.get("low") is None or b.get("low") is None:
        continue
    overlap = a["low"] <= b["high"] and b["low"] <= a["high"]
    apart += not overlap
    print(f"{place}: {a['ratio']:.4f} ({a['low']:.4f} to {a['high']:.4f}; {a['n']} blocks) and {b['ratio']:.4f} "
          f"({b['low']:.4f} to {b['high']:.4f}; {b['n']}): {'overlap' if overlap else 'APART'}")
sys.exit(not both or bool(differ) or bool(apart))
PYTHON
