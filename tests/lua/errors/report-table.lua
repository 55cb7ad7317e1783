-- SPDX-License-Identifier: MIT
-- expect: script "report-table.lua:17: report: tables[2] is 'html'; there are csv, markdown, latex"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  build = "once",
  setup = function(c)
    local d = w.data.load("digits", { rows = 200 })
    local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
    return { data = d, base = m:fit(d.train, { epochs = 1 }) }
  end,
  arms = {
    { "one", function(s) return s.base end },
    { "two", function(s) return s.base:lower { kernel = "dense" } end },
  },
  report = { tables = { "csv", "html" } },
}
