-- SPDX-License-Identifier: MIT
-- expect: script "where: class must be a whole number, not a boolean"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
d.train:where { class = true }
