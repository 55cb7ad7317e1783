-- Two arms that are one program; B also predicts `extra` rows of a copy, which count
-- for nothing: batches of 50 rows, 20 of them a pass, so that 50 more are exactly 5 % more work.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.experiment {
  api = 1, name = "planted",
  question = "Is a slow-down of 5 % found, and none where there is none?",
  needs = { dataset = { "fashion-mini" } },
  params = { extra = 0 },

  seeds = { 1 },
  build = "once",
  setup = function(c)
    local d = w.data.load(c.dataset)
    local base = w.model.mlp { layers = { d.inputs, 300, 100, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = 1 })
    local s = { data = d, base = base }
    if c.param.extra > 0 then
      s.more = d.test:head(c.param.extra)
      s.copy = base:lower { kernel = "dense", batch = 50 }
    end
    return s
  end,

  arms = {
    { "A", function(s) return s.base:lower { kernel = "dense", batch = 50 } end },
    { "B", function(s)
        s.slow = s.base:lower { kernel = "dense", batch = 50 }
        return s.slow
      end },
  },
  measure = function(m, s)
    if s.more and m == s.slow then s.copy:predict(s.more) end
    return m:predict(s.data.test)
  end,

  design = { warmup = 1, blocks = { min = 10, max = 30 }, window = 0.3, idle = 0 },
  analysis = { versus = "A", primary = { "time" } },
}
