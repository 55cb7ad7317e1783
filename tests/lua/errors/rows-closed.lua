-- SPDX-License-Identifier: MIT
-- expect: script "these rows were closed"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
local r = d.train:head(3)
do local _ <close> = r end
r:row(1)
