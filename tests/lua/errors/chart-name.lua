-- SPDX-License-Identifier: MIT
-- expect: script "c:chart: the name must be a text of 1 to 31 bytes"
-- run
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "x.01", title = "X", minutes = 1, goals = { "Draw" },
  w.run { id = "race", title = "Race", body = function(c)
      c:chart(7, 1, 1)
      return { a = 1 }
    end },
}
