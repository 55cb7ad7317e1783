#!/bin/bash
# wattle inspect: layers and steps of every model, one record that fits the schema; choices are kept, and damage to the
# file that keeps them is told and does no harm.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
cache=$HOME/.cache/wattle/lowering.jsonl

# inspect STATUS NAME ARGUMENTS... : output into $scratch/NAME.
inspect() {
	wattle_ends "$1" "$2" "$2.err" inspect "${@:3}"
}

# one NAME : there is one inspect record, as the schema wants it.
one() {
	[ "$(wc -l <"$scratch/$1")" -eq 1 ] || fail "$1: not one record"
	fits "$1" inspect
}

inspect 0 layers lenet5
says layers '61,706 parameters'
says layers 'conv2d 16 kernel=5 .*16 x 10 x 10 .*2,416'
inspect 0 plain cnn --json
one plain

# A program of every precision, with its multiply-adds.
inspect 0 f32 lenet5 --program --batch 4 --precision f32 --json
one f32
says f32 '"macs":416520,'
says f32 '"why":"forced by kernel = \\"dense\\""'
inspect 0 int8 lenet5 --program --batch 4 --precision int8
says int8 '^maxpool *integers'
says int8 '^bytes to integers'
inspect 0 free network --input 1,8,8 --layers 'conv2d 4; batchnorm; relu; dropout 0.5; flatten; dense 3' \
	--program --precision sparse --threads 2 --json
one free

# What was measured is kept and used again; other batches are other choices.
[ -s "$cache" ] || fail 'nothing was kept'
inspect 0 again network --input 1,8,8 --layers 'conv2d 4; batchnorm; relu; dropout 0.5; flatten; dense 3' \
	--program --precision sparse --threads 2
says again 'measured on this machine before'
lines=$(wc -l <"$cache")
inspect 0 other network --input 1,8,8 --layers 'conv2d 4; batchnorm; relu; dropout 0.5; flatten; dense 3' \
	--program --precision sparse --threads 2 --batch 16
says other 'measured at batch 16'
[ "$(wc -l <"$cache")" -eq $((lines + 1)) ] || fail 'a choice was not added'
inspect 0 forced network --input 1,8,8 --layers 'conv2d 4; batchnorm; relu; dropout 0.5; flatten; dense 3' \
	--program --precision sparse --threads 2 --kernel scalar
says forced 'measured at batch 64'
[ "$(wc -l <"$cache")" -eq $((lines + 1)) ] || fail 'a forced choice was kept'
[ "$(find "$HOME/.cache/wattle" -type f | wc -l)" -eq 1 ] || fail 'a file was left beside the cache'

# Damage is passed over; the next choice mends the file.
{
	printf 'no choice\n{"v":1,"key":"short","kernels":["a"]}\n'
	cat "$cache"
	printf '{"v":1,"key":'
} >"$cache.damaged"
mv "$cache.damaged" "$cache"
inspect 0 damaged network --input 1,8,8 --layers 'conv2d 4; batchnorm; relu; dropout 0.5; flatten; dense 3' \
	--program --precision sparse --threads 2
says damaged 'measured on this machine before'
says damaged.err '3 lines of the cache .* were ignored'
inspect 0 mended lenet300 --program --batch 2
[ "$(wc -l <"$cache")" -eq $((lines + 2)) ] || fail 'the file was not mended'
! grep -q 'no choice' "$cache" || fail 'the damage was kept'

# refused STATUS WORDS ARGUMENTS...
refused() {
	inspect "$1" refused "${@:3}"
	says refused.err "$2"
	[ ! -s "$scratch/refused" ] || fail "wattle inspect ${*:3}: results beside an error"
}

refused 3 "did you mean 'lenet5'" lenet6
refused 3 'wants --layers' mlp
refused 3 'takes no --layers' cnn --layers 1,2
refused 2 'goes with --program' cnn --batch 4
refused 3 "did you mean 'int8'" cnn --program --precision int9
refused 4 'cannot open the model ./none' ./none
printf 'WATTLEM1' >"$scratch/torn.wm"
refused 4 'not a wattle model file' "$scratch/torn.wm"
exit $failed
