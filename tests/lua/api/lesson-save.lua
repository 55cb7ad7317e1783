-- run
-- lesson
-- SPDX-License-Identifier: MIT
-- A run of a lesson saves: what its body makes, and an arm that is built in every block, once.
local w = require "wattle"
return w.lesson {
  api = 1, id = "test.01", title = "Test", minutes = 1, goals = { "Know it" },
  needs = { dataset = "digits" }, fast = { window = 0.002, blocks = 2 },
  w.run { id = "r", title = "Run", body = function(c)
      local d = w.data.load(c.dataset)
      local net = w.model.mlp { layers = { d.inputs, 2, d.classes }, seed = c.seed }
      net:save "net.model"
      return w.compare { on = d.test, blocks = 2, arms = { { "net", net },
        { "fresh", function(seed)
            local m = w.model.mlp { layers = { d.inputs, 4, d.classes }, seed = seed }
            m:save "fresh.model"
            return m
          end } } }
    end },
  w.run { id = "again", title = "Another run, and its own names", body = function(c)
      local d = w.data.load(c.dataset)
      w.model.mlp { layers = { d.inputs, 2, d.classes }, seed = c.seed }:save "net.model"
      return { a = 1 }
    end },
}
