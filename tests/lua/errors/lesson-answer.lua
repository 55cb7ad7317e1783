-- SPDX-License-Identifier: MIT
-- expect: script ":11: reveal: answer returned 'in8', which is no arm of the run 'r1'"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.predict { id = "p1", ask = "?", choices = { { "a", arm = "a" }, { "n", arm = "none" } } },
  w.run { id = "r1", title = "R", body = function() return { n = 1 } end },
  w.reveal { predict = "p1", run = "r1", answer = function() return "in8" end, [[x]] },
}
