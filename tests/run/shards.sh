#!/bin/bash
# What a run leaves beside a store that it could not write to, records/ID.jsonl, is the whole run, and runs merge brings it
# back; parts that were run in another way are no parts.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
cd "$scratch" || exit 1
command -v sqlite3 >/dev/null || exit 77
block=$source/tests/run/block.lua
home=$HOME/.local/share/wattle
db=$home/runs.db

wattle() {
	local wanted=$1
	[ "$wanted" -ne 0 ] || wanted='0 6'
	wattle_ends "$wanted" out err "${@:2}"
}

# Another process has the store, from lock to unlock.
lock() {
	mkfifo locked
	sqlite3 "$db" <locked >lock.out 2>&1 &
	locker=$!
	exec 9>locked
	printf 'BEGIN IMMEDIATE;\nSELECT 1;\n' >&9
	within 5 test -s lock.out || fail 'the store was not locked'
}
unlock() {
	exec 9>&-
	wait "$locker" 2>/dev/null
	rm -f locked lock.out
}
trials() { grep -c '"type":"trial"' "$1"; }
shard_of() { printf '%s/records/%s.jsonl' "$home" "$(head -n 1 "$1" | grep -o '"run":"[0-9a-f]*"' | cut -d'"' -f4)"; }

# The store is locked in the middle of a run.
run first "$block" --energy none
wattle 0 runs rm last --yes
"$build/wattle" run "$block" --energy none --json >"cut" 2>cut.err &
pid=$!
within 10 has cut '"type":"trial".*"block":0'
kill -STOP "$pid"
lock
kill -CONT "$pid"
wait "$pid"
unlock
says cut.err 'all of the run is in .*records/[0-9a-f]*.jsonl, for wattle runs merge'
shard=$(shard_of cut)
cmp -s cut "$shard" || fail 'the file beside the store is not the whole run'
wattle 4 run "$block" --energy none --resume
says err 'first: wattle runs merge'
wattle 0 runs merge "$shard"
says out '^stored as'
[ -e "$shard" ] && fail 'the file is there still'
wattle 0 runs export last
cmp -s cut out || fail 'what came back is not what was written'
wattle 0 runs merge ./cut
wattle 2 runs merge last
says err 'merge it with what'
sed 's/"attempt":0/"attempt":1/' cut >changed
wattle 2 runs merge ./changed
says err 'in the store with other records'
"$build/wattle" runs merge ./cut --json >out 2>err || fail 'no record of what was stored'
fits out stored-run
wattle 4 run "$block" --energy none --resume
says err 'was broken off'

# It cannot be had from the beginning; arms that are built once.
lock
run once "$source/tests/schema/tiny.lua" --energy none
unlock
says once.err 'all of the run is in'
shard=$(shard_of once)
wattle 0 runs merge "$shard"
[ -s err ] && fail "it was complained: $(cat err)"
wattle 0 runs export last
cmp -s once out || fail 'a run that is built once did not come back'

# The store is moved away while a run goes on.
"$build/wattle" run "$block" --energy none --json >moved 2>moved.err &
pid=$!
within 10 has moved '"type":"trial".*"block":0'
kill -STOP "$pid"
mv "$db" old.db
kill -CONT "$pid"
wait "$pid"
says moved.err 'was moved or removed while it was in use.*runs.db-wal'
[ "$(trials "$(shard_of moved)")" -eq "$(trials moved)" ] || fail 'trials of a run whose store was moved are lost'
rm -f "$db" "$db"-*
wattle 0 runs merge "$(shard_of moved)"

# Parts that were run in another way; what was merged is no part any more.
run half1 "$block" --energy none --shard 1/2
run half2 "$block" --energy none --shard 2/2
run other "$block" --energy none --shard 2/2 --batch 7
id() { grep -o '"run":"[0-9a-f]*"' "$1" | head -n 1 | cut -d'"' -f4; }
wattle 2 runs merge "$(id half1)" "$(id other)"
says err 'its batch is not that of'
"$build/wattle" runs merge "$(id half1)" "$(id half2)" --json >out 2>err || fail 'no merge'
fits out stored-run
timeout 60 "$build/wattle" runs rerun last --json >again 2>err || [ $? -eq 6 ] || fail "no rerun: $(cat err)"
trials again >counted
grep -q '"shard"' again && fail 'a merged run is a part still'
grep -q '"block":1,' again || fail 'a merged run is run again in part'

# A number that no run has does not end the list.
sqlite3 "$db" "UPDATE run SET seed = -9223372036854775808 WHERE id = '$(id half1)'"
wattle 0 runs ls --json
fits out stored-run
[ "$(wc -l <out)" -eq "$(sqlite3 "$db" 'SELECT count(*) FROM run')" ] || fail 'a wild seed ended the list'

# A link may lead to the folder of the store.
mv "$HOME/.local" real
ln -s "$PWD/real" "$HOME/.local"
wattle 0 runs ls
run linked "$block" --energy none
[ -s linked.err ] && fail "where a link leads to the store: $(cat linked.err)"
exit $failed
