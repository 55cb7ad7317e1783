-- A set that is drawn: what the student may draw must not hold its test rows.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "test.05", title = "Test", minutes = 1, goals = { "Know the data" },
  w.exercise { id = "ex1", title = "Drawn", points = 2, seconds = 5,
    file = "ex1.lua", solution = "ex1.solution.lua", ask = "Drawn.",
    setup = function()
      local d = w.data.load("blobs", { rows = 300, seed = 1 })
      return { data = d, held = { rows = d.test, all = { d.train, d.test } } }
    end,
    checks = {
      { id = "fitted", points = 1, "learn() returns a model",
        function(t) return t.is_model(t.call("learn", t.data)) end },
      { id = "held", points = 1, "look() finds no test rows",
        function(t)
          return t.call("look", t.held) == "none" and t.at_most(t.refused "test", 0), "it looked"
        end },
    } },
}
