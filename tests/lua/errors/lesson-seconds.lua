-- SPDX-License-Identifier: MIT
-- expect: script "time limit reached"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", seconds = 0.2, body = function() while true do end end },
}
