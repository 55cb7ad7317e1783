-- SPDX-License-Identifier: MIT
-- expect: script "c:chart: 'n9' is one curve too many; a run draws at most 8"
-- run
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "x.01", title = "X", minutes = 1, goals = { "Draw" },
  w.run { id = "race", title = "Race", body = function(c)
      for i = 1, 9 do c:chart("n" .. i, 1, 1) end
      return { a = 1 }
    end },
}
