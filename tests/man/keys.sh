#!/bin/sh
# wattle-keys(7) is what the table of keys says; `make update-keys` makes it so.
# SPDX-License-Identifier: MIT
set -eu
made=${top_builddir:-.}/tests/man/keys_page
[ -x "$made" ] || exit 77
"$made" | diff -u "${top_srcdir:-.}/man/wattle-keys.7" -
