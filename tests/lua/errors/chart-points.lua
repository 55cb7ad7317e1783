-- SPDX-License-Identifier: MIT
-- expect: script "c:chart: over 2000 points in one run"
-- run
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "x.01", title = "X", minutes = 1, goals = { "Draw" },
  w.run { id = "race", title = "Race", body = function(c)
      for i = 1, 2001 do c:chart("a", i, 1) end
      return { a = 1 }
    end },
}
