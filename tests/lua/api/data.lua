-- Datasets and rows.
-- SPDX-License-Identifier: MIT
local data = require "wattle".data

local d = data.load "digits"
assert(d.name == "digits" and d.inputs == 64 and d.classes == 10)
assert(#d.train == 1347 and #d.test == 450 and #d.valid == 0)
assert(d.train.inputs == 64 and d.train.classes == 10 and d.train.name == "digits")
assert(#d.train:head(10) == 10 and #d.train:head(5000) == 1347)
assert(#d.train:sample(20, 7) == 20)
assert(tostring(d.test) == "rows: 450 of digits")

local small = data.load("digits", { rows = 100, valid = 0.2, seed = 3 })
assert(#small.train + #small.valid == 100 and #small.valid > 0 and #small.test == 450)

local listed = false
for _, name in ipairs(data.list()) do listed = listed or name == "digits" end
assert(listed)
