-- SPDX-License-Identifier: MIT
-- expect: script "run 'r1': a table that its body returns holds at most 32 finite numbers, or false"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function() return { n = true } end },
}
