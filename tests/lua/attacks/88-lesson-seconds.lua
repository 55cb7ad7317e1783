-- SPDX-License-Identifier: MIT
-- expect: script "run: seconds must be 0.01 to 3600"
-- lesson
-- run
local w = require "wattle"
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", seconds = 1e9, body = function() while true do end end },
}
