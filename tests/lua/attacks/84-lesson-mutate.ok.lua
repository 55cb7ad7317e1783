-- SPDX-License-Identifier: MIT
-- lesson
-- run
local w = require "wattle"
local t = { id = "r1", title = "R", body = function() return { n = 1 } end }
local steps = { w.run(t) }
t.title = nil
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  steps[1],
}
