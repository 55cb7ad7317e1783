-- Two arms that are one model; the second is scored on other rows of the same dataset.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.experiment {
  api = 1, name = "rows",
  question = "Are accuracies compared that are of different rows?",
  needs = { dataset = "digits" },
  params = { other = "train", head = 200, watch = "train" },
  build = "once",
  setup = function(c)
    local d = w.data.load(c.dataset, { valid = 0.1 })
    local base = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = 1, watch = d[c.param.watch] })
    return { data = d, base = base, on = {} }
  end,
  arms = {
    { "first", function(s)
        local p = s.base:lower { kernel = "dense" }
        s.on[p] = s.data.test:head(200)
        return p
      end },
    { "second", function(s, c)
        local p = s.base:lower { kernel = "dense" }
        s.on[p] = s.data[c.param.other]:head(c.param.head)
        return p
      end },
  },
  measure = function(m, s) return m:predict(s.on[m]) end,
  design = { warmup = 0, blocks = { min = 1, max = 1 }, window = 0.01, idle = 0 },
  analysis = { primary = { "accuracy" } },
}
