-- SPDX-License-Identifier: MIT
-- expect: script "lesson-metric.lua:8: show: there is no metric 'tyme'"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", show = { "tyme" }, body = function() return { n = 1 } end },
}
