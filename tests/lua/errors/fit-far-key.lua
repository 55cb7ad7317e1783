-- SPDX-License-Identifier: MIT
-- expect: script "unknown key 'zzzzz' in fit; it knows epochs, batch, optimizer, lr"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { zzzzz = 1 })
