#!/bin/bash
# Bad input ends a run before anything is trained or measured, with an error that says what, where and how to mend it. A
# training that diverges is told of as such.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"

# script NAME LOAD MODEL FIT : an experiment whose arms are one model, fitted in setup; each part is Lua.
script() {
	cat >"$scratch/$1.lua" <<LUA
local w = require "wattle"
return w.experiment {
  api = 1, name = "bad", needs = { dataset = "digits" }, seeds = { 1 }, build = "once",
  setup = function(c)
    local d = w.data.load(c.dataset, { $2 })
    local m = $3
    $4
    return { data = d, m = m }
  end,
  arms = { { "a", function(s) return s.m end }, { "b", function(s) return s.m end } },
  design = { warmup = 0, blocks = 1, window = 0.01, idle = 0 },
}
LUA
}

# refused NAME STATUS CODE TEXT : the run ends so, the text is on stderr and in the error record, and nothing was trained.
refused() {
	local name=$1
	wattle_ends "$2" "$name" "$name.err" run "$scratch/$name.lua" --json
	grep -q "\"type\":\"error\".*\"code\":\"$3\"" "$scratch/$name" || fail "$name: no error record with the code $3"
	grep '"type":"error"' "$scratch/$name" | grep -qF -- "$4" || fail "$name: the error record does not say '$4'"
	grep -qF -- "$4" "$scratch/$name.err" || fail "$name: stderr does not say '$4': $(cat "$scratch/$name.err")"
	grep -q '"type":"epoch"' "$scratch/$name" && fail "$name: it was trained first"
	grep -q '"type":"window"' "$scratch/$name" && fail "$name: it was measured"
	tail -n 1 "$scratch/$name" | grep -q "\"type\":\"run-end\".*\"exit\":$2" || fail "$name: no run-end with the status"
}

mlp='w.model.mlp { layers = { d.inputs, 8, d.classes } }'
fit='m:fit(d.train, { epochs = 1 })'

script rows 'rows = 0' "$mlp" 'm:fit(d.train:head(0), { epochs = 1 })'
refused rows 3 script 'the number of rows must be 1 or more'
script many 'rows = 5000' "$mlp" "$fit"
refused many 3 script 'rows is 5000, but digits has 1347 training rows'
script split 'rows = 10, valid = 0.01' "$mlp" "$fit"
refused split 3 script 'valid = 0.01 of 10 rows leaves none to validate'
script class 'rows = 100' "$mlp" 'm:fit(d.train:head(1), { epochs = 1, batch = 1 })'
refused class 3 script 'fit: all 1 training rows of digits are of class'
script batch 'rows = 100' "$mlp" 'm:fit(d.train, { epochs = 1, batch = 101 })'
refused batch 3 script 'fit: batch is 101, but there are only 100 training rows; make it 100 or less'
script inputs 'rows = 100' 'w.model.mlp { layers = { 65, 8, 10 } }' "$fit"
refused inputs 3 script 'takes 65 features, but digits has 64'
script classes 'rows = 100' 'w.model.mlp { layers = { 64, 8, 9 } }' "$fit"
refused classes 3 script 'has 9 outputs, but digits has 10 classes'
script huge 'rows = 100' 'w.model.mlp { layers = { 64, 65535, 65535, 10 } }' "$fit"
refused huge 3 script 'parameters'
script kernel 'rows = 100' 'w.model.network { input = { 1, 8, 8 }, layers = { "conv2d 4 kernel=11", "dense 10" } }' "$fit"
refused kernel 3 script "network: layer 1, 'conv2d 4 kernel=11'"
script lr 'rows = 100' "$mlp" 'm:fit(d.train, { epochs = 1, lr = 0/0 })'
refused lr 3 script 'lr'

# Files of a dataset that are not what they should be: a copy of digits in a folder that comes first.
# damaged FILE AT BYTE... : a fresh copy with bytes overwritten.
damaged() {
	local file=$1 at=$2
	shift 2
	rm -rf "$scratch/data"
	mkdir -p "$scratch/data/digits"
	for name in "$source"/datasets/digits/*-ubyte*; do
		case $name in
		*.gz) gzip -dc "$name" >"$scratch/data/digits/$(basename "$name" .gz)" ;;
		*) cp "$name" "$scratch/data/digits/" ;;
		esac
	done
	chmod -R u+w "$scratch/data"
	# shellcheck disable=SC2059 # the bytes are the format
	printf "$(printf '\\x%s' "$@")" | dd of="$scratch/data/digits/$file" bs=1 seek="$at" conv=notrunc status=none
}
script file '' "$mlp" "$fit"
export WATTLE_DATA=$scratch/data
damaged train-labels-idx1-ubyte 25 0a
refused file 4 format 'train-labels-idx1-ubyte: the label of row 17 is 10, expected 0 to 9'
damaged train-labels-idx1-ubyte 4 00 00 00 00
refused file 4 format 'train-labels-idx1-ubyte: dimension 1 (byte 4) is 0'
damaged t10k-images-idx3-ubyte 4 00 00 00 00
refused file 4 format 't10k-images-idx3-ubyte: dimension 1 (byte 4) is 0'
damaged train-images-idx3-ubyte 4 ff ff ff ff ff ff ff ff
refused file 4 format 'train-images-idx3-ubyte'
damaged train-images-idx3-ubyte 2 0d
refused file 4 format 'byte 2, the type, is 0x0d; only 0x08 (bytes) is read'
damaged train-images-idx3-ubyte 100 07
refused file 4 format 'the content is not that of Digits'
unset WATTLE_DATA

# A training that diverges: status 1, the epoch and step, what to try. Nothing is measured.
script diverged 'rows = 0' 'w.model.mlp { layers = { d.inputs, 64, 64, 64, d.classes } }' \
	'm:fit(d.train, { epochs = 3, optimizer = "sgd", lr = 1000 })'
refused diverged 1 diverged 'try a smaller lr'
exit $failed
