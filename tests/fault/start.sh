#!/bin/bash
# A run that cannot start as it should: helpers that cannot be executed or hang, names that no record can hold, data folders that
# hold something else.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/fault/lib.sh
. "${top_srcdir:-.}/tests/fault/lib.sh"

# A program with helpers of our own beside it.
real=$build
build=$scratch/bin
mkdir "$build"
cp "$real/wattle" "$real/wattle-worker" "$real/wattle-meter" "$build"
echo "$source" >"$build/wattle.uninstalled"

# with HELPER LINES... : that helper becomes a program of these lines.
with() {
	cp "$real/wattle-worker" "$real/wattle-meter" "$build"
	printf '%s\n' "${@:2}" >"$build/$1"
}

with wattle-worker '#!/no/such/program'
start "$scratch/long.lua"
ends 4 'a worker that cannot be executed'
tail -n 1 "$scratch/out" | grep -q 'cannot start .*wattle-worker: No such file' || fail "why: $(tail -n 1 "$scratch/out")"
with wattle-meter '#!/no/such/program'
start "$scratch/long.lua"
ends 4 'a meter that cannot be executed'
with wattle-worker '#!/bin/sh' 'exit 127'
start "$scratch/long.lua"
ends 4 'a worker that cannot be loaded'
grep -q 'is kept' "$scratch/out" && fail 'what was never measured is said to be kept'

# A meter that never speaks.
with wattle-meter '#!/bin/sh' "echo started >'$scratch/meter'" 'exec sleep 30'
start "$scratch/long.lua"
within 10 test -s "$scratch/meter"
kill -INT "$run"
ends 130 'interrupted while the meter starts'
start "$scratch/long.lua" --time-limit 0.3
ends 5 'out of time while the meter starts'
build=$real

# Names that are not UTF-8.
cp "$scratch/long.lua" "$scratch/"$'\xff.lua'
status=0
timeout 20 "$build/wattle" run "$scratch/"$'\xff.lua' --json >"$scratch/out" 2>"$scratch/err" || status=$?
[ "$status" -eq 2 ] && grep -q 'not UTF-8' "$scratch/err" || fail "a script name that is not UTF-8: $status $(cat "$scratch/err")"
status=0
WATTLE_DATA=$scratch/$'\xff' timeout 20 "$build/wattle" doctor >"$scratch/out" 2>"$scratch/err" || status=$?
[ "$status" -eq 2 ] && grep -q 'not UTF-8' "$scratch/err" || fail "a data folder that is not UTF-8: $status $(cat "$scratch/err")"
mkdir "$scratch/"$'\xff'
status=0
WATTLE_PATH=$scratch/$'\xff' timeout 20 "$build/wattle" doctor >"$scratch/out" 2>"$scratch/err" || status=$?
[ "$status" -eq 2 ] && grep -q 'WATTLE_PATH' "$scratch/err" || fail "a course folder that is not UTF-8: $status $(cat "$scratch/err")"

# A data folder that holds something else is passed over, and that is said.
mkdir -p "$scratch/data/digits"
mkfifo "$scratch/data/digits/train-images-idx3-ubyte"
WATTLE_DATA=$scratch/data timeout 20 "$build/wattle" run "$source/tests/run/block.lua" --energy none --json >"$scratch/out" 2>"$scratch/err"
grep '"type":"dataset"' "$scratch/out" | grep -q '"skipped":".*not a regular file' || fail 'a data folder was passed over without a word'
WATTLE_DATA=$scratch/data timeout 20 "$build/wattle" run "$source/tests/run/block.lua" --energy none >"$scratch/out" 2>"$scratch/err"
grep -q 'passed over: .*not a regular file' "$scratch/err" || fail 'plain output does not say what was passed over'
grep -q "rows from $source/datasets/digits" "$scratch/err" || fail 'plain output does not say where the data comes from'

# Times count from the begin of the command, also in what the meter tells before any job.
timeout 20 "$build/wattle" doctor --json >"$scratch/out" 2>"$scratch/err"
grep -q '"name":"energy"' "$scratch/out" || fail 'doctor tells of no energy source'
grep -o '"t_ns":[0-9]*' "$scratch/out" | cut -d : -f 2 | awk '$1 > 30e9 { bad = 1 } END { exit bad }' ||
	fail 'doctor gives absolute times'

# What disturbs measuring has its rows, whatever they say here; what was forced on the BLAS is told, and a worker hears of it.
for name in blas busy steal frequency clock; do
	grep -q "\"name\":\"$name\",\"state\":\"\(ok\|warn\|no\)\"" "$scratch/out" || fail "doctor says nothing of $name"
done
grep -q '"name":"blas override","state":"warn"' "$scratch/out" && fail 'doctor warns of an override where there is none'
OPENBLAS_L2_SIZE=512 OMP_NUM_THREADS=3 timeout 20 "$build/wattle" doctor --json >"$scratch/out" 2>"$scratch/err"
grep -q '"name":"blas override","state":"warn","cause":"OPENBLAS_L2_SIZE=512 is set.*"fix":"unset OPENBLAS_L2_SIZE' "$scratch/out" ||
	fail 'doctor does not warn of forced block sizes'
grep -q '"name":"blas override","state":"ok","cause":"OMP_NUM_THREADS=3 is set' "$scratch/out" ||
	fail 'doctor does not tell of a variable without effect'
exit $failed
