-- only: accurate
-- expect: accurate error "slim() returned a model (lesson.lua:"
local model = require "wattle".model
return { slim = function()
  return model.tree()
end }
