-- SPDX-License-Identifier: MIT
-- expect: script "in the script); --time-limit is 0.1 s"
-- limit: 0.1
-- lesson
-- run
local w = require "wattle"
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", seconds = 3600, body = function() while true do pcall(error) end end },
}
