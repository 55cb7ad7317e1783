-- SPDX-License-Identifier: MIT
-- expect: script "c:chart: x of 'a' is infinite; leave such a point out"
-- run
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "x.01", title = "X", minutes = 1, goals = { "Draw" },
  w.run { id = "race", title = "Race", body = function(c)
      c:chart("a", math.huge, 0)
      return { a = 1 }
    end },
}
