#!/bin/sh
# The scripts of scripts/datasets rebuild the committed sets: the same content once uncompressed (gzip may pack it
# otherwise with another zlib). Skipped where python3 or the source packages are absent; DATASET_SOURCES names a folder in
# which packages that are not installed were unpacked (scripts/datasets/tables.py).
# SPDX-License-Identifier: MIT
set -eu
top=${top_srcdir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v python3 >/dev/null || exit 77
export PYTHONDONTWRITEBYTECODE=1
built=0
for set in digits fashion-mini iris wine breast-cancer letter satellite shuttle diabetes concrete diamonds spam; do
	status=0
	python3 "$top/scripts/datasets/$set.py" "$work/$set" >"$work/sha" || status=$?
	if [ "$status" -eq 77 ]; then
		echo "$set: its source package is absent"
		continue
	fi
	[ "$status" -eq 0 ] || exit 1
	built=$((built + 1))
	if ! grep -q "\"sha256\": \"$(cat "$work/sha")\"" "$top/datasets/$set.json"; then
		echo "$set: SHA-256 $(cat "$work/sha") is not that of $set.json"
		exit 1
	fi
	for file in "$work/$set"/*.gz; do
		gzip -dc "$file" >"$work/new"
		gzip -dc "$top/datasets/$set/${file##*/}" >"$work/old"
		cmp "$work/new" "$work/old" || exit 1
	done
	echo "$set: the same"
done
[ "$built" -gt 0 ] || exit 77
