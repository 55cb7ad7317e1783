-- A lesson whose run draws curves of its own: as many points as there may be.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "test.10", title = "Drawn", minutes = 1, goals = { "See a curve" },
  w.run { id = "race", title = "Race", body = function(c)
      for i = 1, 1000 do
        c:chart("square", i, i * i / 1000)
        c:chart("down", i, -i / 8)
      end
      return { points = 2000 }
    end },
  w.text "There were {{race.points|n}}.",
}
