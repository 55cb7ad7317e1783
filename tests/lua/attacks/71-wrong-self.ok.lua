-- SPDX-License-Identifier: MIT
local d = require "wattle".data.load "digits"
assert(#d.train.head(d.train, 3) == 3)
