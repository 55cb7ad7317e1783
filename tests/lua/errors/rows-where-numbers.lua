-- SPDX-License-Identifier: MIT
-- expect: script "where: diabetes has numbers to predict, not classes"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
w.data.load("diabetes").train:where { class = 1 }
