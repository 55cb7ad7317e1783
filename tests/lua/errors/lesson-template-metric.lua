-- SPDX-License-Identifier: MIT
-- expect: script "there is no metric 'joules'"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function() return { n = 1 } end },
  w.text [[{{r1.a.joules}}]],
}
