-- A lesson whose exercise shows every helper: slim() on digits, mean() of numbers.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local function start(c)
  local d = w.data.load "digits"
  local base = w.model.mlp { layers = { d.inputs, 32, d.classes }, seed = c.seed }
  base:fit(d.train, { epochs = 10 })
  return { base = base, data = d, list = { 1, 2, 3 } }
end

return w.lesson {
  api = 1, id = "test.02", title = "Test", minutes = 1, goals = { "Know the checks" },
  needs = { dataset = "digits" },
  fast = { epochs = 2, rows = 400, blocks = 10, window = 0.002 },
  reward = "{{ex1.bytes|ratio}} {{ex1.accuracy|pct}} {{ex1.width|n}}",
  w.exercise { id = "ex1", title = "Slim", points = 10, minutes = 8, seconds = 5,
    file = "ex1.lua", solution = "ex1.solution.lua", reports = { "width" },
    ask = "Edit {{file}}: {{ex1.bytes|ratio}}, {{ex1.macs}}, {{ex1.width}}.",
    setup = start,
    checks = {
      { id = "returns", points = 1, "slim() returns a model",
        function(t) return t.is_model(t.call("slim", t.base, t.data)) end,
        hints = { "Every path must end in `return`." } },
      { id = "small", points = 3, "at most half the bytes",
        function(t)
          local m = t.call("slim", t.base, t.data)
          t.report("width", m:macs() / t.base:macs())
          return t.at_most(m:bytes(), 0.5 * t.base:bytes())
        end },
      { id = "accurate", points = 3, "not worse by 10 points",
        function(t)
          return t.not_worse("accuracy", function(s) return t.call("slim", s.base, s.data) end,
            function(s) return s.base end, { by_pt = 10, seeds = 2 })
        end },
      { id = "mean", points = 2, "mean() is right",
        function(t)
          return t.property(20, function(random)
            local list, sum = {}, 0
            for i = 1, random(10) do
              list[i] = random:normal()
              sum = sum + list[i]
            end
            return t.near(t.call("mean", list), sum / #list, 1e-9)
          end)
        end },
      { id = "honest", points = 1, "never asks for the test rows",
        function(t)
          t.call("slim", t.base, t.data)
          return t.at_most(t.refused "test", 0)
        end },
      { id = "joules", points = 0, requires = "measured", "measured",
        function() return true end },
    } },
}
