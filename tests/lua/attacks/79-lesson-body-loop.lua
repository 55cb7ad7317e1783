-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached"
-- lesson
-- run
local w = require "wattle"
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function() while true do pcall(error) end end },
}
