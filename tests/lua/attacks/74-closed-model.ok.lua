-- SPDX-License-Identifier: MIT
local w = require "wattle"
do
  local m <close> = w.model.mlp { layers = { 4, 2 } }
  m:clone()
end
