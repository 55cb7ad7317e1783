-- SPDX-License-Identifier: MIT
-- expect: script "chart-nan.lua:10: c:chart: y of 'a' is not a number; leave such a point out"
-- run
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "x.01", title = "X", minutes = 1, goals = { "Draw" },
  w.run { id = "race", title = "Race", body = function(c)
      c:chart("a", 1, 0 / 0)
      return { a = 1 }
    end },
}
