-- A lesson for the test of figures: every view of the models of one run, and what cannot be shown.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "test.03", title = "Look inside", minutes = 1, goals = { "See the figures" },
  needs = { dataset = "digits" },
  fast = { epochs = 1, rows = 400, blocks = 1, window = 0.002 },

  w.run { id = "race", title = "Net, pruned net and tree",
    body = function(c)
      local d = w.data.load(c.dataset)
      local net = w.model.mlp { layers = { d.inputs, 24, d.classes }, seed = c.seed }
      net:fit(d.train, { epochs = 1 })
      local pruned = net:with(w.technique.prune { sparsity = 0.9, epochs = 0 })
      return w.compare { on = d.test, blocks = 1, arms = { { "net", net },
        { "pruned", pruned }, { "tree", w.model.tree {}:fit(d.train) } } }
    end },
  w.inspect { run = "race", arm = "net", view = "histogram" },
  w.inspect { run = "race", arm = "pruned", view = "histogram", layer = 2 },
  w.inspect { run = "race", arm = "pruned", view = "sparsity" },
  w.inspect { run = "race", arm = "tree", view = "confusion" },
  w.inspect { run = "race", arm = "net", view = "filters" },
  w.inspect { run = "race", arm = "net", view = "activations" },
  w.inspect { run = "race", arm = "tree", view = "histogram" },
  w.inspect { run = "race", arm = "pruend", view = "sparsity" },
  w.inspect { run = "race", arm = "net", view = "activations", layer = 2 },
  w.run { id = "numbers", title = "Numbers", body = function() return { one = 1 } end },
  w.inspect { run = "numbers", arm = "net", view = "filters" },
  w.run { id = "closed", title = "What is closed too early",
    body = function(c)
      local d = w.data.load(c.dataset)
      local net <close> = w.model.mlp { layers = { d.inputs, 4, d.classes } }
      return w.compare { on = d.test, blocks = 1, arms = { { "net", net }, { "again", net } } }
    end },
  w.inspect { run = "closed", arm = "net", view = "filters" },
}
