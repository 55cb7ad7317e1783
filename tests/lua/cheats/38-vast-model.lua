-- lesson: quick
-- expect: work error "mlp: 144912010 weights; a model that your file makes has at most 16777216"
-- expect: again error "ex1.lua:8: mlp"
-- Copying, pruning and packing such a model look at no clock.
local w = require "wattle"
return {
  work = function()
    return w.model.mlp { layers = { 64, 12000, 12000, 10 } }
  end,
  other = function() return 2 end,
}
