-- only: returns
-- only: honest
local technique = require "wattle".technique
return { slim = function(base, data)
  return base:with(technique.quantize { bits = 8, data = data.train:head(64) })
end }
