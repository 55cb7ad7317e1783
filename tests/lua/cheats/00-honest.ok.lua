-- expect: joules skipped "no sensor"
-- record: "points":10,"of":10
local technique = require "wattle".technique
local ex = {}

function ex.slim(base, data)
  local pruned = base:with(technique.prune { structure = "weights", sparsity = 0.7,
    data = data.train, epochs = 4 })
  return pruned:lower { kernel = "csr" }
end

function ex.mean(list)
  local sum = 0
  for _, x in ipairs(list) do
    sum = sum + x
  end
  return sum / #list
end

return ex
