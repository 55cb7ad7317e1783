-- Factors: levels of every type as c.NAME, in one condition after the other; --set keeps one
-- level; a dataset that is not here and has an alternative is left out.
-- run
-- set: factors.bits=8
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.experiment {
  api = 1, name = "factors", question = "Do functions see their levels?",
  needs = { dataset = { "digits", "mnist" } },
  factors = { dataset = { "digits", "mnist" }, bits = { 4, 8 }, rate = { 0.5 }, deep = { true },
              how = { "plain" } },
  seeds = { 3 },
  build = "once",
  setup = function(c)
    assert(c.dataset == "digits" and c.seed == 3)
    assert(c.bits == 8 and math.type(c.bits) == "integer")
    assert(c.rate == 0.5 and c.deep == true and c.how == "plain")
    assert(not pcall(function() return c.size end))
    local d = w.data.load(c.dataset)
    return { data = d, base = w.model.mlp { layers = { d.inputs, 8, d.classes } } }
  end,
  arms = {
    { "one", function(s, c) assert(c.bits == 8) return s.base end },
    { "two", function(s) return s.base:lower { kernel = "dense" } end },
  },
  design = { warmup = 0, blocks = 1, window = 0.001, idle = 0, aa = true },
  report = { pareto = { "accuracy", "energy" }, tables = { "csv", "latex" }, plots = { "svg" } },
}
