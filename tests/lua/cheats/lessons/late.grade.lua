-- Extra checks of the exercise of late.lua, with more time.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.grading {
  api = 1, lesson = "test.07", seconds = 1, weights = { ex1 = 4 },
  extra = {
    ex1 = {
      { id = "longer", points = 1, "work(3) is 3",
        function(t) return t.near(t.call("work", 3), 3, 0) end },
      { id = "shorter", points = 1, "work(4) is 4",
        function(t) return t.near(t.call("work", 4), 4, 0) end },
      { id = "fine", points = 0, "work(-1) is -1",
        function(t) return t.near(t.call("work", 0), 0, 0) end },
    },
  },
}
