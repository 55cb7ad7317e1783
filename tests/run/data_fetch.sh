#!/bin/bash
# wattle data fetch against a server of our own that cuts, stalls, lies and moves: what arrives is whole and right, or is
# not kept; what was begun is gone on with.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
command -v python3 >/dev/null || exit 77
unset http_proxy https_proxy all_proxy ALL_PROXY HTTPS_PROXY
export no_proxy=127.0.0.1
datasets=$HOME/.local/share/wattle/datasets
log=$scratch/log

# fetch STATUS MODE ARGUMENTS... : output into $scratch/out and $scratch/err.
fetch() {
	: >"$log"
	wattle_ends "$1" out err data fetch digits --replace --from "http://127.0.0.1:$port/$2" "${@:3}"
	[ "$1" -ne 0 ] || ! grep '^wattle: ' "$scratch/err" || fail "fetch from $2: an error, yet it went well"
}

# there MODE : the user's folder has the whole set, and nothing is left beside it.
there() {
	timeout 60 "$build/wattle" data show digits >"$scratch/show" 2>&1 || fail "after $1: digits does not load"
	grep -q "where *here: $datasets/digits" "$scratch/show" || fail "after $1: digits is not in the user's folder"
	timeout 60 "$build/wattle" data verify digits >/dev/null || fail "after $1: the sum differs"
	[ -z "$(find "$datasets" -name '*.part')" ] || fail "after $1: a part is left"
	[ ! -e "$datasets/.fetch" ] || fail "after $1: the staging folder is left"
	rm -rf "$datasets"
}

# Without libcurl it says so.
timeout 60 "$build/wattle" data fetch digits --replace --from http://127.0.0.1:1/x --stall 1s >"$scratch/out" 2>"$scratch/err"
if grep -q 'without libcurl' "$scratch/err"; then
	says err 'libcurl4-openssl-dev'
	exit $failed
fi
says err 'digits cannot be fetched'
says err 'tries in vain'
rm -rf "$datasets"

mkfifo "$scratch/life"
exec {life}<>"$scratch/life"
# The server ends with this script: nobody else may hold the other end of its life.
exec {from}< <(exec {life}>&- python3 "$source/tests/run/data_server.py" "$source/datasets/digits" "$log" \
	<"$scratch/life" 2>"$scratch/server")
read -r port <&"$from" || fail 'no server'

fetch 0 whole
says out 'content as it should be'
says err 'train-images-idx3-ubyte.gz: from http://127.0.0.1'
there whole

# One record, and nothing on stderr.
fetch 0 whole/ --json --quiet
[ ! -s "$scratch/err" ] || fail 'quiet is not quiet'
[ "$(wc -l <"$scratch/out")" -eq 1 ] || fail 'not one record'
fits out data-fetch
there json

fetch 0 moved
there moved
fetch 0 busy
there busy

# A connection that is cut is gone on with from there.
fetch 0 cut
says err 'trying again'
grep -q '^cut train-images-idx3-ubyte.gz bytes=16621-$' "$log" || fail "no range was asked for: $(cat "$log")"
there cut
fetch 0 stall --stall 1s
grep -q '^stall train-images-idx3-ubyte.gz bytes=' "$log" || fail 'a stall was not gone on from'
there stall
fetch 4 cutnorange
says err 'tries in vain'
rm -rf "$datasets"

# So is what an earlier fetch left.
part=$datasets/.fetch/digits/train-images-idx3-ubyte.gz.part
begun() {
	mkdir -p "$(dirname "$part")"
	head -c "$1" "$source/datasets/digits/train-images-idx3-ubyte.gz" >"$part"
}
begun 20000
fetch 0 whole
grep -q '^whole train-images-idx3-ubyte.gz bytes=20000-$' "$log" || fail 'the part was not gone on from'
there part
begun 20000
fetch 0 norange
there norange
begun 20000
printf 'more than the file has, as the server will say' >>"$part"
dd if=/dev/zero bs=1000 count=30 >>"$part" 2>/dev/null
fetch 0 whole
there longer

# What is wrong is told, and not kept; the next fetch is right.
fetch 4 wrong
says err 'digits cannot be fetched'
says err 'what came from'
[ -z "$(find "$datasets" -name '*ubyte*')" ] || fail 'what was wrong was kept'
fetch 0 whole
there wrong
fetch 4 missing
says err '404'
[ "$(wc -l <"$log")" -eq 1 ] || fail 'a missing file was tried again'
rm -rf "$datasets"

# A set that is there is left alone, unless --replace is given.
fetch 0 whole
timeout 60 "$build/wattle" data fetch digits --json >"$scratch/out" 2>"$scratch/err" || fail 'there already: no success'
grep -q '"already":true' "$scratch/out" || fail 'digits is there and was not left alone'
fetch 0 whole
there replace

# refused STATUS WORDS ARGUMENTS...
refused() {
	wattle_ends "$1" out err data fetch "${@:3}"
	says err "$2"
}
refused 2 "did you mean 'digits'" digit
refused 2 'is not downloaded' moons
refused 4 'no mirror of iris is known' iris --replace
refused 2 'is not an address' digits --replace --from ftp://127.0.0.1/x
refused 2 'usage: wattle data'
exec {life}>&-
exit $failed
