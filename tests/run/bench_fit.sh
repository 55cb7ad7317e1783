#!/bin/bash
# wattle bench fit: one record that fits the schema for every kind of model, its score and its rows; what it refuses.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
# shellcheck source=tests/run/bench_lib.sh
. "${top_srcdir:-.}/tests/run/bench_lib.sh"

# fit NAME ARGUMENTS... : a fit whose record is as the schema wants it.
fit() {
	bench 0 "$1" fit --repeats 1 "${@:2}"
	one "$1" bench-fit
}

# scored NAME SCORE LEAST : by that score, which is above LEAST.
scored() {
	value "$1" score_name | grep -qx "\"score_name\":\"$2\"" || fail "$1: not scored by $2"
	value "$1" score | sed 's/.*://' | awk -v least="$3" '{ exit !($1 > least && $1 <= 1) }' ||
		fail "$1: $(value "$1" score) is not above $3"
}

# Every kind that is shaped by its data, on rows that it takes.
"$build/wattle" list models --json >"$scratch/models" 2>/dev/null || fail 'no list of models'
grep -o '"name":"[^"]*","title' "$scratch/models" | sed 's/"name":"//; s/".*//' >"$scratch/names"
while read -r model; do
	case $model in
	mlp | lenet* | cnn* | network | textbag) continue ;;
	linear | ridge | lasso) fit "$model" --data diabetes --model "$model" && scored "$model" r2 0.3 ;;
	k-means) fit "$model" --data digits --model "$model" && scored "$model" ari 0.3 ;;
	pca) fit "$model" --data digits --model "$model" --set components=20 && scored "$model" explained_variance 0.8 ;;
	bernoulli-nb) fit "$model" --data digits --model "$model" --set threshold=0.5 && scored "$model" accuracy 0.8 ;;
	*) fit "$model" --data iris --model "$model" && scored "$model" accuracy 0.5 ;;
	esac
done <"$scratch/names"
[ "$(wc -l <"$scratch/names")" -ge 15 ] || fail 'no models are listed'

fit mlp --data digits --model mlp --layers 64,32,10 --epochs 20 --lr 0.01
scored mlp accuracy 0.9
value mlp epochs | grep -q ':20$' || fail 'mlp: its epochs are not told'
[ -z "$(value tree epochs)" ] || fail 'tree: has epochs'
value tree compares | grep -q ':[1-9]' || fail 'tree: no comparisons'
value logistic macs | grep -q ':12$' || fail 'logistic: 4 x 3 multiply-adds are not told'
fit forest2 --data digits --model forest --set trees=20 --threads 2
fit forest1 --data digits --model forest --set trees=20
[ "$(value forest1 score)" = "$(value forest2 score)" ] || fail 'forest: other threads, another score'
[ "$(value forest1 bytes)" = "$(value forest2 bytes)" ] || fail 'forest: other threads, another model'
grep -q 'fit epoch' "$scratch/mlp.err" || grep -q 'data digits' "$scratch/mlp.err" || fail 'no progress'

# Sparse rows stay sparse, and the same model on dense rows tells the same classes at nearly the same weights.
words=(--data spam --model svm --prepare)
fit sparse "${words[@]}" 'counts to=presence'
fit dense "${words[@]}" 'counts to=presence; dense'
value sparse form | grep -q sparse || fail 'sparse: the rows became dense'
value dense form | grep -q floats || fail 'dense: the rows stayed sparse'
scored sparse accuracy 0.95

# A fold is a part of the training rows: the parts are disjoint, and together they are all of them.
for part in 1 2 3; do
	fit "fold$part" --data wine --model tree --fold $part/3 --seed 5
	value "fold$part" held | tr -cd '0-9,' | tr , '\n'
	echo
done | sed '/^$/d' | sort -n >"$scratch/held"
seq 0 132 | cmp -s - "$scratch/held" || fail 'the folds are not the 133 training rows'
fit fold1again --data wine --model tree --fold 1/3 --seed 5
[ "$(value fold1 held)" = "$(value fold1again held)" ] || fail 'the same seed gave another fold'

# What was fitted can be kept, and another benchmark reads it.
bench 0 kept fit --repeats 2 --data digits --model logistic --out "$scratch/logistic.model"
[ "$(stat -c %s "$scratch/logistic.model")" = "$(value kept bytes | tr -cd 0-9)" ] || fail 'bytes are not those of the file'
[ "$(value kept all | tr -cd , | wc -c)" -eq 1 ] || fail 'not two fits'
bench 0 inferred infer --data digits --model "$scratch/logistic.model" --calls 5
[ "$(value inferred accuracy | sed 's/.*://')" = "$(value kept score | sed 's/.*://')" ] || fail 'the file scores otherwise'
# Against the same fit with other times, it is faster or slower for certain; against other settings, nothing is said.
sed -E 's/"all":\[[^]]*\]/"all":[1e9,1e9]/g' "$scratch/kept" >"$scratch/slow"
sed -E 's/"all":\[[^]]*\]/"all":[1e-9,1e-9]/g' "$scratch/kept" >"$scratch/fast"
bench 0 faster fit --repeats 2 --data digits --model logistic --baseline "$scratch/slow"
bench 1 slower fit --repeats 2 --data digits --model logistic --baseline "$scratch/fast"
one slower bench-fit
value slower slower | grep -q '"fitting","predicting"' || fail 'baseline: what is slower is not told'
refused 2 'set is {} there' fit --data digits --model logistic --set c=2 --baseline "$scratch/kept"
"$build/wattle" bench fit --repeats 1 --data iris --model tree --quiet >"$scratch/table" || fail 'no table'
grep -q '^score .* accuracy on 38 test rows$' "$scratch/table" || fail 'the table has no score'

refused 2 '--prepare dense' fit --data spam --model tree
refused 2 'has numbers to predict' fit --data diabetes --model logistic
refused 2 'has classes' fit --data iris --model lasso
refused 2 "did you mean 'depth'" fit --data iris --model tree --set dept=3
refused 2 'takes no --epochs' fit --data iris --model tree --epochs 3
refused 2 "did you mean 'standardize'" fit --data iris --model knn --prepare standardise
refused 2 'PART/PARTS' fit --data iris --model tree --fold 4/3
refused 2 'PART/PARTS' fit --data iris --model tree --fold 0/3
refused 2 'wants --layers' fit --data iris --model mlp
refused 2 'begins with a new model' fit --data digits --model "$scratch/logistic.model"
refused 2 'takes no --calls' fit --data iris --model tree --calls 3
refused 2 'takes no --set' train --data digits --model mlp --layers 64,10 --set seed=3
refused 2 'bench fit --out' train --data digits --model tree
exit $failed
