-- SPDX-License-Identifier: MIT
-- lesson
-- run
local w = require "wattle"
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", seconds = 3600, body = function() return { n = 1 } end },
}
