-- SPDX-License-Identifier: MIT
-- expect: script "this model was closed"
local w = require "wattle"
local kept
do
  local m <close> = w.model.mlp { layers = { 4, 2 } }
  kept = m
end
kept:clone()
