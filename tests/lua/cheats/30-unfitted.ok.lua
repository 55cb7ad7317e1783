-- only: accurate
local model = require "wattle".model
return { slim = function(base, data)
  return model.forest { trees = 10 }:fit(data.train)
end }
