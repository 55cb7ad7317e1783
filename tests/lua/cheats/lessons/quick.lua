-- Checks with little time: the first calls the student's loop, the second must still be served.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "test.04", title = "Test", minutes = 1, goals = { "Know the limits" },
  needs = { dataset = "digits" },
  w.exercise { id = "ex1", title = "Quick", points = 3, seconds = 0.6,
    file = "ex1.lua", solution = "ex1.solution.lua", ask = "Quick.",
    setup = function(c)
      local d = w.data.load(c.dataset)
      return { data = d, base = w.model.mlp { layers = { d.inputs, 8, d.classes } } }
    end,
    checks = {
      { id = "work", points = 1, "work() ends",
        function(t) return t.call("work", t.base, t.data) == 1, "it is not 1" end },
      { id = "again", points = 1, "work() ends, asked again",
        function(t) return t.call("work", t.base, t.data) == 1, "it is not 1" end },
      { id = "other", points = 1, "other() is 2",
        function(t) return t.call("other") == 2, "it is not 2" end },
    } },
}
