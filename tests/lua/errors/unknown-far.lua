-- SPDX-License-Identifier: MIT
-- expect: script "unknown name 'zzzzz' in wattle.model"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
w.model.zzzzz {}
