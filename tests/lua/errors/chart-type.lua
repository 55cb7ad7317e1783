-- SPDX-License-Identifier: MIT
-- expect: script "c:chart: y of 'a' must be a number, not a nil"
-- run
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "x.01", title = "X", minutes = 1, goals = { "Draw" },
  w.run { id = "race", title = "Race", body = function(c)
      c:chart("a", 1)
      return { a = 1 }
    end },
}
