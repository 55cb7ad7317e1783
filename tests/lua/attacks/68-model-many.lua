-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached"
local w = require "wattle"
local base = w.model.mlp { layers = { 784, 1000, 10 } }
while true do base:clone() end
