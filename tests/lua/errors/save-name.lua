-- run
-- SPDX-License-Identifier: MIT
-- expect: script "save-name.lua:9: save: 'small' is no name of a model's file: letters, digits"
local w = require "wattle"
return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset, { rows = 200 }) } end,
  arms = {
    { "a", function(s) w.model.mlp { layers = { s.data.inputs, 2, s.data.classes } }:save "small" end },
    { "b", function() end },
  },
}
