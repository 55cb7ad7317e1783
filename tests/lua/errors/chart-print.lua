-- SPDX-License-Identifier: MIT
-- expect: script "c:chart: the name holds a character that is not printable, at byte 2"
-- run
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "x.01", title = "X", minutes = 1, goals = { "Draw" },
  w.run { id = "race", title = "Race", body = function(c)
      c:chart("a\27", 1, 1)
      return { a = 1 }
    end },
}
