-- SPDX-License-Identifier: MIT
-- expect: script "fit-key.lua:6: unknown key 'epocs' in fit (did you mean 'epochs'?)"
local w = require "wattle"
local d = w.data.load "digits"
w.model.mlp { layers = { d.inputs, d.classes } }:fit(d.train, {
  epocs = 3,
})
