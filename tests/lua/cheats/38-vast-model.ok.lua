-- lesson: quick
local w = require "wattle"
return {
  work = function()
    local m = w.model.mlp { layers = { 64, 400, 400, 10 } }
    return m:parameters() > 100000 and 1 or 0
  end,
  other = function() return 2 end,
}
