-- SPDX-License-Identifier: MIT
-- expect: script "c:chart: x of 'a' goes back from 2 to 1; draw from left to right"
-- run
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "x.01", title = "X", minutes = 1, goals = { "Draw" },
  w.run { id = "race", title = "Race", body = function(c)
      c:chart("a", 2, 1) c:chart("a", 1, 1)
      return { a = 1 }
    end },
}
