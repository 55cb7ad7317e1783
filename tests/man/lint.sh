#!/bin/sh
# The manual pages, without a warning from mandoc.
# SPDX-License-Identifier: MIT
set -eu
command -v mandoc >/dev/null || exit 77
exec mandoc -T lint -W warning "${top_srcdir:-.}"/man/*.[1-8]
