-- SPDX-License-Identifier: MIT
assert(require "wattle".data.load "digits".classes == 10)
