-- SPDX-License-Identifier: MIT
-- expect: script "where takes a table: rows:where { class = 3 }"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
d.train:where(3)
