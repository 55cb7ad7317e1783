-- An exercise with a check that compares measured joules.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "measured.01", title = "Joules of a check", minutes = 1,
  goals = { "See a check that measures" },
  fast = { window = 0.1, blocks = 2 },

  w.text "# Begin\n\nAn exercise follows.",

  w.exercise { id = "ex1", title = "Slim", points = 3, minutes = 1, seconds = 60,
    file = "ex1.lua", solution = "ex1.solution.lua", ask = "Write slim(base).",
    setup = function(c)
      local d = w.data.load("digits")
      return { data = d, cost = c.cost,
        base = w.model.mlp { layers = { d.inputs, 300, d.classes }, seed = c.seed } }
    end,
    checks = {
      { "it is smaller", id = "smaller", points = 1, hints = { "Prune it." },
        function(t)
          return t.at_most(t.call("slim", t.base):bytes(), t.base:bytes() / 2)
        end },
      { "its watts are those of a machine", id = "watts", points = 2, hints = { "Let it work." },
        requires = "measured",
        function(t)
          local r = w.compare { arms = { { "base", t.base }, { "slim", t.call("slim", t.base) } },
            on = t.data.test, blocks = 3 }
          local joules, seconds = r:value("energy", "slim"), r:value("time", "slim")
          if t.cost ~= "energy" then return false, "it goes by " .. t.cost end
          return t.at_least(joules / seconds, 20)
        end } } },
}
