-- SPDX-License-Identifier: MIT
-- expect: script "0 steps; a lesson has 1 to 64"
-- lesson
local w = require "wattle"

return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" } }
