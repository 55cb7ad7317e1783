-- SPDX-License-Identifier: MIT
-- expect: none
-- run
-- set: loud=false
-- set: rate=0.5
-- set: word=new
-- set: design.blocks=1:2
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  needs = { dataset = "digits" },
  params = { loud = true, rate = 1, word = "old" },
  build = "once",
  setup = function(c)
    local p = c.param assert(not p.loud and p.rate == 0.5 and p.word == "new") local d = w.data.load(c.dataset, { rows = 200 })
    local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
    return { data = d, base = m:fit(d.train, { epochs = 1 }) }
  end,
  arms = {
    { "one", function(s) return s.base end },
    { "two", function(s) return s.base:lower { kernel = "dense" } end },
  },
  measure = function(m, s) return m:predict(s.data.test) end,
  design = { warmup = 0, blocks = 1, window = 0.001, idle = 0 },
}
