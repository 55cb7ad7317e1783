-- Both arms save what they built; by its parameters also where and what nobody may.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local function save(m, name)
  m:save(name)
  print(name .. " has " .. m:bytes() .. " bytes")
  return m
end

return w.experiment {
  api = 1, name = "save", question = "Is it there?", needs = { dataset = "digits" },
  seeds = { 1, 2 }, build = "block",
  params = { same = false, every = false },
  setup = function(c)
    local d = w.data.load(c.dataset)
    local base = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = c.seed }
    return { data = d, base = save(base:fit(d.train, { epochs = 1 }), "base.model") }
  end,
  arms = {
    { "net", function(s) return save(s.base, "net.model") end },
    { "pruned", function(s, c)
        local m = s.base:with(w.technique.prune { sparsity = 0.9, epochs = 0 })
        local name = c.param.same and "net.model" or "pruned.model"
        return save(m, c.param.every and c.seed .. ".model" or name)
      end },
  },
  measure = function(m, s)
    return m:predict(s.data.test, { batch = 64 })
  end,
  design = { warmup = 0, blocks = 2, window = 0.02, idle = 0 },
}
