-- only: small
local technique = require "wattle".technique
local ex = {}

function ex.slim(base, data)
  return base:with(technique.quantize { bits = 8, data = data.train:head(64) })
end

return ex
