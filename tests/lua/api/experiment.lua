-- A whole experiment: parameters, context, arms that give models and programs, and the options
-- of the command line.
-- run
-- seed: 40
-- batch: 32
-- set: epochs=2
-- set: loud=true
-- set: design.window=0.002
-- set: design.blocks=2
-- set: design.warmup=1
-- set: design.idle=0
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.experiment {
  api = 1, name = "small", question = "Does everything fit together?",
  needs = { dataset = { "digits", "fashion-mini" } },
  params = { epochs = 1, loud = false, rate = 1e-3, word = "plain" },
  seeds = { 1 },
  build = "once",
  setup = function(c)
    assert(c.seed == 40 and c.dataset == "digits" and c.threads == 1)
    assert(c.param.epochs == 2 and math.type(c.param.epochs) == "integer")
    assert(c.param.loud == true and c.param.rate == 1e-3 and c.param.word == "plain")
    c:log "a line from the set-up"
    print("and", "another")
    local d = w.data.load(c.dataset)
    local base = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = c.param.epochs, lr = c.param.rate, watch = d.test })
    return { data = d, base = base, calls = 0 }
  end,
  arms = {
    { "a model", function(s) return s.base end },
    { "a program", function(s) return s.base:lower { kernel = "dense", batch = 64 } end },
    { "int8", function(s, c)
        assert(c.seed == 40)
        return s.base:with(w.technique.quantize { bits = 8, data = s.data.train:head(100) })
      end },
  },
  measure = function(m, s)
    s.calls = s.calls + 1
    return m:predict(s.data.test, { batch = 64 })
  end,
  metrics = { "accuracy", "time" },
  charge_build = "include",
  design = { order = "interleaved", warmup = 3, blocks = { min = 5, max = 7 }, window = 5, idle = 5,
             budget = 60 },
  analysis = { versus = "a program", primary = { "time" }, margin = { time = 0.1 },
               interval = "t" },
  claims = { { "int8 is not worse", arm = "int8", metric = "accuracy", not_worse_by_pt = 5 },
             { "int8 saves energy", arm = "int8", metric = "energy", below = 0.8,
               requires = "measured" } },
}
