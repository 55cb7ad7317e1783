-- Checks that ask more than once: what a file answers hangs on the arguments, not on earlier calls.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "test.06", title = "Test", minutes = 1, goals = { "Know the order" },
  w.exercise { id = "ex1", title = "Order", points = 3, seconds = 20,
    file = "ex1.lua", solution = "ex1.solution.lua", ask = "Order.",
    checks = {
      { id = "told", points = 1, "guess() gives the number",
        function(t)
          t.call("tell", 42)
          return t.near(t.call "guess", 42, 0)
        end },
      { id = "alike", points = 1, "draw() gives the same, asked again",
        function(t)
          local first = {}
          for i = 1, 1100 do first[i] = t.call("draw", i) end
          for i = 1100, 1, -1 do
            local again = t.call("draw", i)
            if again ~= first[i] then return t.near(again, first[i], 0) end
          end
          return true
        end },
      { id = "loaded", points = 1, "begun() gives the same, whatever it is given",
        function(t) return t.near(t.call("begun", 1), t.call("begun", 2), 0) end },
    } },
}
