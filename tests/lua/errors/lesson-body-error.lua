-- SPDX-License-Identifier: MIT
-- expect: script "lesson-body-error.lua:9: boom"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function() error("boom") end },
}
