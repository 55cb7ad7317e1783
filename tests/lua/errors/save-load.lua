-- SPDX-License-Identifier: MIT
-- expect: script "save-load.lua:4: save: a model can be saved while setup or an arm"
local w = require "wattle"
w.model.mlp { layers = { 4, 2 } }:save "x.model"
