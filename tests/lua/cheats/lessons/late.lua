-- Checks that call the same function with other arguments each.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "test.07", title = "Test", minutes = 1, goals = { "Know the limits" },
  w.exercise { id = "ex1", title = "Late", points = 4, seconds = 0.5,
    file = "ex1.lua", solution = "ex1.solution.lua", ask = "Late.",
    checks = {
      { id = "known", points = 1, "work(0) is 0",
        function(t) return t.near(t.call("work", 0), 0, 0) end },
      { id = "one", points = 1, "work(1) is 1",
        function(t) return t.near(t.call("work", 1), 1, 0) end },
      { id = "two", points = 0, "work(2) is 2",
        function(t) return t.near(t.call("work", 2), 2, 0) end },
      { id = "cases", points = 1, "work(n) is n",
        function(t)
          return t.property(5, function(random)
            local n = random(100)
            return t.near(t.call("work", n), n, 0)
          end)
        end },
      { id = "again", points = 1, "work(0) is 0, asked again",
        function(t) return t.near(t.call("work", 0), 0, 0) end },
    } },
}
