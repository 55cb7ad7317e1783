#!/bin/bash
# Measured joules, from end to end: the real programs below a preloaded library that makes a RAPL PMU.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
# shellcheck source=tests/run/rapl.sh
. "$source/tests/run/rapl.sh"
make_rapl '' || exit 77

# member FILE KEY : a number of the energy object, as it stands in the JSON of its first line.
member() {
	head -n 1 "$1" | sed -n "s/.*\"energy\":{[^}]*\"$2\":\"\{0,1\}\([^,\"}]*\).*/\1/p"
}

# 53687091200 counts of 2^-32 J are 12.5 J. They come well after one reading and well before another, and in one step:
# an empty file would be a counter that was reset.
cat >"$scratch/spend" <<SH
sleep 0.15
printf '%s\n' \$1 >"$rapl/next"
mv "$rapl/next" "$rapl/counter"
sleep 0.1
exit 7
SH
below wattle_ends 7 stdout text energy --idle 0 --json --out "$scratch/run.jsonl" -- sh "$scratch/spend" 53687091200
value=$(member "$scratch/run.jsonl" value)
awk -v v="${value:-0}" 'BEGIN { exit !(v > 12.4875 && v < 12.5125) }' || fail "12.5 J came out as '$value'"
[ "$(member "$scratch/run.jsonl" provenance)" = measured ] || fail "not measured: $(cat "$scratch/run.jsonl")"
[ "$(member "$scratch/run.jsonl" source)" = rapl-perf ] || fail "source: $(cat "$scratch/run.jsonl")"
fits run.jsonl energy-run

below wattle_ends 7 stdout text energy --idle 0 --region france -- sh "$scratch/spend" 107374182400
grep -q 'gross  *12\.5 J .*MEASURED pkg ±' "$scratch/text" || fail "no MEASURED badge: $(cat "$scratch/text")"
grep -q 'carbon  *190 ug CO2e .*France 56 g/kWh' "$scratch/text" || fail "carbon: $(cat "$scratch/text")"
[ ! -s "$scratch/stdout" ] || fail "stdout is COMMAND's: $(cat "$scratch/stdout")"

# A steady power from now on: idle is all there is, so that nothing is left over it.
printf '25\n' >"$rapl/watts"
below wattle_ends 0 stdout text energy --idle 0.5 -r 3 --json --out "$scratch/mean.jsonl" -- sleep 0.2
fits mean.jsonl energy-run energy-mean
net=$(grep '"type":"energy-mean"' "$scratch/mean.jsonl" | sed -n 's/.*"energy_net":{[^}]*"low":\([^,]*\),"high":\([^,]*\).*/\1 \2/p')
awk -v net="$net" 'BEGIN { split(net, a, " "); exit !(a[1] <= 0 && a[2] >= 0) }' || fail "a steady power is not idle: $net"

below wattle_ends 0 list err energy --idle 1
grep -q '^rapl-perf  *ok' "$scratch/list" || fail "list: $(cat "$scratch/list")"
grep -q '^headline: rapl-perf, 2[0-9]\(\.[0-9]*\)\{0,1\} W .*MEASURED pkg' "$scratch/list" || fail "headline: $(cat "$scratch/list")"
grep -q '^edges of windows: read by the worker itself' "$scratch/list" || fail "edges: $(cat "$scratch/list")"
below wattle_ends 0 list.jsonl err energy --idle 1 --json
fits list.jsonl meter energy-power

# Programs that are arms: the joules of the process, or of its marked region, with idle power around each.
cat >"$scratch/arms.lua" <<'END'
local w = require "wattle"
return w.experiment {
  api = 1, name = "arms",
  arms = {
    { "whole", command = { "sleep", "0.4" } },
    { "marked", command = "sleep 0.2; echo '{\"wattle\":\"begin\"}'; sleep 0.4; echo '{\"wattle\":\"end\",\"items\":10}'" },
  },
  design = { warmup = 0, blocks = 1, idle = 0.3 },
  analysis = { primary = { "energy" } },
}
END
below wattle_ends 6 arms arms.err run "$scratch/arms.lua" --trust --json
[ "$(grep -c '"type":"idle"' "$scratch/arms")" -eq 4 ] || fail 'idle power is not measured around each program'
fits arms window trial idle
for arm in whole marked; do
	line=$(records arms window "$arm")
	value=$(printf '%s\n' "$line" | sed -n 's/.*"energy":{"value":\([^,]*\).*/\1/p')
	awk -v v="${value:-0}" 'BEGIN { exit !(v > 8 && v < 16) }' || fail "$arm: 25 W for 0.4 s came out as '$value' J"
	printf '%s\n' "$line" | grep -q '"energy":{[^}]*"provenance":"measured"' || fail "$arm: not measured: $line"
	printf '%s\n' "$line" | sed -n 's/.*"energy_net":{"value":\([^,]*\),"low":\([^,]*\),"high":\([^,]*\).*/\2 \3/p' |
		awk '{ fine = $1 <= 0.5 && $2 >= -0.5 } END { exit !fine }' || fail "$arm: a steady power is not idle: $line"
done

# A counter that is there and never counts, as behind some hypervisors, is no measured 0.
mv "$rapl/watts" "$scratch/watts"
below wattle_ends 0 still err energy --idle 0.5
grep -q 'package-0 stands still' "$scratch/still" || fail "still: $(cat "$scratch/still")"
grep -q '^headline: rapl-perf, void: .*LOST' "$scratch/still" || fail "still: $(cat "$scratch/still")"
below wattle_ends 0 stdout still energy --idle 0 -- sleep 0.05
grep -q '  gross  *-  *void' "$scratch/still" || fail "still: $(cat "$scratch/still")"
grep -q '! LOST: .*stood still' "$scratch/still" || fail "still: $(cat "$scratch/still")"
grep -Eq '(^| )0(\.0*)? [JW]' "$scratch/still" && fail "0 for what was not measured: $(cat "$scratch/still")"
mv "$scratch/watts" "$rapl/watts"

# A unit that cannot be one is refused by name.
for scale in 1e300 1e-300 -1 nan; do
	printf '%s\n' "$scale" >"$pmu/events/energy-pkg.scale"
	below wattle_ends 0 list err energy --idle 0
	grep -q '^rapl-perf  *no  *parse(.*energy-pkg.scale): EINVAL' "$scratch/list" || fail "scale $scale: $(cat "$scratch/list")"
done
printf '2.3283064365386962890625e-10\n' >"$pmu/events/energy-pkg.scale"

# Live lines until Ctrl-C, which is its end in order.
below exec "$build/wattle" energy watch >"$scratch/watch" 2>"$scratch/watch.err" &
watch=$!
within 20 has "$scratch/watch" MEASURED 2
kill -INT "$watch"
status=0
wait "$watch" || status=$?
[ "$status" -eq 0 ] || fail "wattle energy watch ended with $status: $(cat "$scratch/watch.err")"
[ "$(grep -c ' W  MEASURED pkg' "$scratch/watch")" -ge 2 ] || fail "watch: $(cat "$scratch/watch")"

# A run is measured, recorded, and served to a machine without a sensor.
tiny=$source/tests/schema/tiny.lua
below run lab --require measured --record "$scratch/lab.trace" "$tiny"
values lab window '"provenance"' >/dev/null
records lab window | grep -q '"energy":{[^}]*"provenance":"measured"' || fail 'a run below a sensor is not measured'
records lab window | grep -v '"edges_by":"worker"' && fail 'a window was not read by the worker'
# So is what building the arms took: about as much for every second as the 25 W that are there.
records lab trial | sed -n 's/.*"build_s":\([^,]*\),"build_energy":{"value":\([^,]*\),"low":\([^,]*\),"high":\([^,]*\),.*"provenance":"measured".*/\1 \2 \3 \4/p' |
	awk '!($3 <= $2 && $2 <= $4 && $4 > 20 * $1 && $3 < 30 * $1 + 0.5) { bad = $0 } END { exit !(NR > 0 && !bad) }' ||
	fail "the joules of building: $(records lab trial | head -n 1)"
fits lab trial
head -n 1 "$scratch/lab.trace" | grep -q '"type":"trace"' || fail 'no trace'
run replayed --energy "replay:$scratch/lab.trace" "$tiny"
fits replayed trace window
records replayed window | grep -q '"energy":{[^}]*"provenance":"modelled"[^}]*"source":"replay","flags":\[[^]]*"REPLAYED"' ||
	fail "not replayed: $(records replayed window | head -n 1)"
grep -q '"energy was replayed, not measured"' "$scratch/replayed" || fail 'replayed joules got a verdict'

wattle_ends '0 6' plain err run --plain --quiet --energy "replay:$scratch/lab.trace" "$tiny"
grep -q '^energy: replayed from a trace' "$scratch/plain" || fail "the summary does not say replayed: $(cat "$scratch/plain")"

# per_item FILE BLOCK : joules for each prediction of the baseline, of the last attempt.
per_item() {
	records "$1" window baseline | grep "\"block\":$2," | tail -n 1 |
		sed 's/.*"items":\([0-9]*\),.*"energy":{"value":\([^,]*\),.*/\2 \1/' | awk '{ printf "%.6g\n", $1 / $2 }'
}
[ "$(per_item lab 0)" = "$(per_item replayed 0)" ] || fail "joules: $(per_item lab 0) there, $(per_item replayed 0) here"

# refused STATUS TEXT ARGUMENTS... : of wattle run.
refused() {
	wattle_ends "$1" out err run "${@:3}" --plain
	says err "$2"
}
refused 4 'not measured here' --energy "replay:$scratch/lab.trace" --require measured "$tiny"
refused 4 'set' --energy "replay:$scratch/lab.trace" --set epochs=2 "$tiny"
cp "$tiny" "$scratch/other.lua"
echo '-- other' >>"$scratch/other.lua"
refused 4 'another script' --energy "replay:$scratch/lab.trace" "$scratch/other.lua"
sed '3s/[0-9]/7/' "$scratch/lab.trace" >"$scratch/bad.trace"
cmp -s "$scratch/lab.trace" "$scratch/bad.trace" && fail 'the damage is none'
refused 4 'damaged or cut off' --energy "replay:$scratch/bad.trace" "$tiny"
head -n 5 "$scratch/lab.trace" >"$scratch/short.trace"
refused 4 'damaged or cut off' --energy "replay:$scratch/short.trace" "$tiny"
refused 4 'cannot open' --energy "replay:$scratch/absent.trace" "$tiny"
refused 4 'no trace of' --energy "replay:$tiny" "$tiny"
refused 4 'cannot create' --record "$scratch/lab.trace" "$tiny"

# Where nothing measures.
refused 4 'no sensor measures here' --require measured --energy none "$tiny"
refused 4 'no sensor measures here' --record "$scratch/none.trace" --energy none "$tiny"
[ ! -e "$scratch/none.trace" ] || fail 'an empty trace was left'
echo '{}' >"$scratch/answers"
wattle_ends 4 out err lesson 5 --headless --fast --answers "$scratch/answers" --require measured --energy none
says err 'no sensor measures here'
wattle_ends 0 out none energy --energy none -- true
says none 'NONE: time only'
grep -Eq '(^| )0(\.0*)? J' "$scratch/none" && fail "joules that were not measured are 0: $(cat "$scratch/none")"
"$build/wattle" energy --energy none --json -- true 2>"$scratch/none.jsonl"
fits none.jsonl energy-run
# shellcheck disable=SC2016 # the child's own process
echo 'kill $$' >"$scratch/dies"
for pair in '127 nosuchprogram' '126 /etc/passwd' "143 sh $scratch/dies"; do
	# shellcheck disable=SC2086 # words
	wattle_ends "${pair%% *}" out err energy --energy none -- ${pair#* }
done

exit $failed
