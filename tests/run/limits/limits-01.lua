-- A lesson that gives itself all the time there is, and a student's file that takes it.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "limits.01", title = "As much as there is", minutes = 1,
  goals = { "See who sets the limits" },

  w.run { id = "r1", title = "A run", seconds = 3600,
    body = function(c)
      local kept = {}
      if c.seed == 1 then return { n = #kept } end
      for i = 1, c.seed == 2 and math.huge or 0 do kept[i] = { i } end
      while true do pcall(error) end
    end },

  w.exercise { id = "ex1", title = "Work", points = 3, minutes = 1, seconds = 600,
    file = "ex1.lua", solution = "ex1.solution.lua", ask = "Write work() and hoard().",
    checks = {
      { "it works", id = "works", points = 1, hints = { "return 1" },
        function(t) return t.near(t.call("work"), 1, 0) end },
      { "it hoards", id = "hoards", points = 2, hints = { "return 1" },
        function(t) return t.near(t.call("hoard"), 1, 0) end },
      { "it tells nothing", id = "tells", points = 0, hints = { "return \"\"" },
        function(t)
          local told = t.call("tell")
          return told == "", told
        end } } },
}
