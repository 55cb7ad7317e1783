#!/bin/bash
# wattle bench: one record that fits the schema, for each kind of benchmark; what it refuses, and with which status.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
# shellcheck source=tests/run/bench_lib.sh
. "${top_srcdir:-.}/tests/run/bench_lib.sh"
digits=(--data digits --model mlp --layers '64,32,10')

# changed FROM TO KEY LIST : a copy of a record in which one list is another.
changed() {
	sed -E "s/\"$3\":\[[^]]*\]/\"$3\":$4/" "$scratch/$1" >"$scratch/$2"
}

bench 0 train train "${digits[@]}" --epochs 3 --batch 16 --out "$scratch/small.model"
one train bench-train
[ "$(value train accuracy | tr -cd , | wc -c)" -eq 2 ] || fail 'train: not three accuracies'
grep -q 'fit epoch  3/3' "$scratch/train.err" || fail 'train: no progress'
[ -s "$scratch/small.model" ] || fail 'train: no model was saved'
bench 0 again train "${digits[@]}" --epochs 3 --batch 16
[ "$(value train accuracy)" = "$(value again accuracy)" ] || fail 'train: the same seed gave other accuracies'
bench 0 seed train "${digits[@]}" --epochs 3 --batch 16 --seed 2
[ "$(value train accuracy)" != "$(value seed accuracy)" ] || fail 'train: another seed gave the same accuracies'
refused 4 'File exists' train "${digits[@]}" --epochs 1 --out "$scratch/small.model"
refused 2 'no optimizer' train "${digits[@]}" --optimizer adm --out "$scratch/none.model"
[ ! -e "$scratch/none.model" ] || fail 'train: what failed left a file'
bench 1 diverged train --data digits --model mlp --layers 64,128,128,128,10 --optimizer momentum --lr 1000
one diverged bench-train
value diverged diverged | grep -q true || fail 'train: diverged is not told'

infer=(infer --data digits --model "$scratch/small.model" --calls 20)
for precision in f32 int8 sparse auto; do
	bench 0 "$precision" "${infer[@]}" --precision $precision
	one "$precision" bench-infer
done
value f32 batch | grep -q ':1$' || fail 'infer: batch is not 1 unless asked for'
value int8 kernel | grep -q convert || fail 'infer: no steps'
grep -q '"kernel":"int8' "$scratch/int8" || fail 'infer: int8 runs by no int8 kernel'
# 100 calls are too few to claim a 99th percentile.
grep -q '"p99_us":null,"p99_us_why":"too few calls' "$scratch/f32" || fail 'infer: a 99th percentile of 100 calls'
# The last accuracy of the training is that of the file.
[ "$(value train accuracy | sed 's/.*,\(.*\)]/\1/')" = "$(value f32 accuracy | sed 's/.*://')" ] ||
	fail 'infer: the saved model has another accuracy'
bench 0 named infer "${digits[@]}" --epochs 1 --calls 20 --batch 64
one named bench-infer

bench 0 kernels kernels --kernel csr-scalar
one kernels bench-kernels
grep -o '"kernel":"[^"]*"' "$scratch/kernels" | sort -u | grep -qx '"kernel":"csr-scalar"' || fail 'kernels: not the one named'

# Against an earlier record: the same one with other times is faster or slower for certain.
changed f32 fast p50_us_windows '[0.0001,0.0001,0.0001,0.0001,0.0001]'
changed f32 slow p50_us_windows '[1e9,1e9,1e9,1e9,1e9]'
bench 1 slower "${infer[@]}" --baseline "$scratch/fast"
one slower bench-infer
value slower slower | grep -q inference || fail 'baseline: what is slower is not told'
bench 0 faster "${infer[@]}" --baseline "$scratch/slow"
value faster slower | grep -qF '[]' || fail 'baseline: slower than a slow one'
refused 2 'batch is 1 there, and 64 here' "${infer[@]}" --batch 64 --baseline "$scratch/slow"
refused 2 'no bench-infer record' "${infer[@]}" --baseline "$scratch/train"
refused 4 'cannot open' "${infer[@]}" --baseline "$scratch/missing"

refused 2 "did you mean 'train'" trian
refused 2 'bench what' --quiet
refused 2 "did you mean 'lenet300'" train --model lenet30
refused 2 "did you mean 'digits'" train --data digit
refused 2 '784 features' train --data digits --model lenet300
refused 2 'wants --layers' train --data digits --model mlp
refused 2 '1347 or less' train "${digits[@]}" --batch 5000
refused 2 '450 or less' infer "${digits[@]}" --batch 451
refused 2 'f32 or bf16' train "${digits[@]}" --precision int8
refused 2 'takes no --calls' train "${digits[@]}" --calls 3
refused 2 'goes with --precision sparse' infer "${digits[@]}" --sparsity 0.5
refused 4 'cannot open the model' infer --data digits --model ./missing.model
refused 4 'not a wattle model' infer --data digits --model "$scratch/train"
"$build/wattle" bench --list >"$scratch/list" || fail 'the list failed'
grep -q '^  lenet300 ' "$scratch/list" || fail 'the list has no lenet300'
exit $failed
