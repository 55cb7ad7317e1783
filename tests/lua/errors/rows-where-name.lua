-- SPDX-License-Identifier: MIT
-- expect: script "where: iris has no class 'setossa' (did you mean 'setosa'?)"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
w.data.load("iris").train:where { class = "setossa" }
