-- run
-- SPDX-License-Identifier: MIT
-- expect: script "save-other-arm.lua:6: save: 'x.model' was saved before, by 'setup'; each model of a run needs a name of its own"
local w = require "wattle"

local function save(m) m:save "x.model" return m end

return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c)
    local d = w.data.load(c.dataset, { rows = 200 })
    return { data = d, base = save(w.model.mlp { layers = { d.inputs, 2, d.classes } }) }
  end,
  arms = { { "a", function(s) return save(s.base) end }, { "b", function(s) return s.base end } },
}
