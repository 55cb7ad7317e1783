-- run
-- SPDX-License-Identifier: MIT
-- expect: script "save: 'x.model': the tree is not fitted yet"
local w = require "wattle"
return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset, { rows = 200 }) } end,
  arms = { { "a", function() w.model.tree { }:save "x.model" end }, { "b", function() end } },
}
