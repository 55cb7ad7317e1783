-- SPDX-License-Identifier: MIT
local w = require "wattle"
local base = w.model.mlp { layers = { 784, 100, 10 } }
for _ = 1, 300 do base:clone() end
