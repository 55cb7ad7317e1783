-- only: returns
-- only: honest
local w = require "wattle"
return { slim = function(base, given)
  local mine = w.data.prepare(given, "standardize")
  return w.model.mlp { layers = { mine.inputs, 8, mine.classes } }:fit(mine.train, { epochs = 1 })
end }
