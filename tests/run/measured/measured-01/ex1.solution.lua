local technique = require "wattle".technique
local ex = {}

function ex.slim(base)
  return base:with(technique.prune { sparsity = 0.9, epochs = 0 }):lower { kernel = "csr" }
end

return ex
