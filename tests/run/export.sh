#!/bin/bash
# Stored runs leave the store in every format: records, rows for programs, tables for papers; what is written is whole,
# and other programs read it. Lists are filtered and grouped.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
tiny=$source/tests/schema/tiny.lua
cd "$scratch" || exit 1

# runs STATUS ARGUMENTS... : output into out and err.
runs() {
	wattle_ends "$1" out err runs "${@:2}"
}

run first "$tiny" --energy none
run second "$tiny" --energy none --seed 2
one=$(grep -o '"run":"[0-9a-f]*"' first | head -n 1 | cut -d'"' -f4)
two=$(grep -o '"run":"[0-9a-f]*"' second | head -n 1 | cut -d'"' -f4)

# --- records, as they were
runs 0 export "$one"
cmp -s out first || fail 'the records are not those that were written'
runs 0 export "$one" --out kept.jsonl
cmp -s kept.jsonl first || fail 'the file does not hold the records that were written'
[ ! -s out ] || fail 'the records went to the terminal too'

# --- rows for programs
runs 0 export "$one" "$two" --format csv
cp out trials.csv
head -n 1 out | grep -q '^run,experiment,condition,arm,block,attempt,seed,metric,unit,items,value,.*_why.$' || fail 'no head of trials'
windows=$(grep -c '"type":"window"' first)
[ "$(grep -c ",time,s,.*" <(grep "^$one" out))" -eq "$windows" ] || fail 'not a row for each window'
# Every row has as many cells as the head: no text of tiny.lua holds a comma or a quote.
awk -F, 'NR == 1 { n = NF } NF != n { exit 1 }' trials.csv || fail 'rows of different length'
# Columns without any value are no columns of a dataset.
cut -d, -f4,5,8,11 trials.csv >some.csv
wattle_ends 0 out err data import trials some.csv --label metric
says out 'trials'
runs 0 export "$one" --format json --what trials
fits out trial-row
runs 0 export "$one" --format csv --what table
head -n 1 out | grep -q '^run,experiment,condition,arm,versus,metric,unit,value,value_low,' || fail 'no head of the table'
[ "$(wc -l <out)" -eq 16 ] || fail 'not three arms of five metrics'
runs 0 export "$one" --format json --what table --pareto time,bytes
fits out table-row
says out '"pareto":"time,bytes"'

# --- for papers
runs 0 export "$one" --format md
says out '^| arm | test accuracy (%) | time / 10,000 ([munp]*s) |'
says out '^- '
runs 0 export "$one" "$two" --format latex --out table.tex
[ "$(grep -c '^.begin{tabular}' table.tex)" -eq 4 ] || fail 'not two tables of each run'
[ "$(grep -c '^.toprule$' table.tex)" -eq 4 ] || fail 'no rules of booktabs'
says table.tex 'Energy: NONE: time only; run '

# --- what does not go together, and what cannot be written
runs 2 export "$one" --format csv --what records
says err 'records are JSON'
runs 2 export "$one" --format latex --what trials
says err 'trials are for programs'
runs 2 export "$one" --format csv --pareto time,bytes
says err '--pareto goes with --what table'
runs 2 export "$one" --format md --pareto time
says err 'no pair of metrics'
runs 2 export "$one" --format cvs
says err 'csv'
runs 2 show "$one" --format csv
says err '--format goes with runs export'
runs 2 export nothing --format csv --out nothing.csv
says err "no run 'nothing'"
[ ! -e nothing.csv ] || fail 'a file of nothing was left'
runs 4 export "$one" --format csv --out no/such/folder.csv
says err 'cannot write the export no/such/folder.csv'
if [ -w /dev/full ]; then
	status=0
	"$build/wattle" runs export "$one" --format csv >/dev/full 2>err || status=$?
	[ "$status" -eq 4 ] || fail "a full disk: status $status"
	says err 'cannot write the export'
fi

# --- lists
runs 0 ls --filter 'seed=2'
[ "$(grep -c tiny out)" -eq 1 ] || fail 'not one run has the seed'
runs 0 ls --filter 'name=tiny, seed<3, receipt.threads=1, build=once'
[ "$(grep -c tiny out)" -ge 1 ] || runs 0 ls --filter 'name=tiny, seed<3, receipt.threads=1, build=block'
[ "$(grep -c tiny out)" -eq 2 ] || fail 'not two runs are meant'
runs 0 ls --filter 'name!=tiny'
says out 'No such runs'
runs 2 ls --filter 'name'
says err 'the filter lacks one of'
runs 0 tag "$one" paper
runs 0 ls --group seed
says out '^seed = 1$'
says out '^seed = 2$'
runs 0 ls --group tags
says out '^tags = paper$'
says out '^tags = (those without it)$'
runs 0 ls --group receipt.threads --json
fits out stored-run
[ "$(grep -c '"group":"1"' out)" -eq 2 ] || fail 'no groups in the records'
runs 0 ls --since 2h
[ "$(grep -c tiny out)" -eq 2 ] || fail 'not two runs of the last two hours'
runs 0 ls --since 2026-01-31
runs 2 ls --since yesterday
says err 'wants a day'
exit $failed
