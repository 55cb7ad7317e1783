-- SPDX-License-Identifier: MIT
-- expect: script "give one technique or more"
local w = require "wattle"
w.model.mlp { layers = { 2, 2 } }:with()
