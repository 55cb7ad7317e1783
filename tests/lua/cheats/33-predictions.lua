-- lesson: quick
-- only: work
-- expect: work error "ex1.lua:6: work(): result 1[1]: a handle of kind 'predictions' does not cross"
local w = require "wattle"
return {
  work = function(_, data)
    local m = w.model.tree():fit(data.train:head(50))
    return { m:predict(data.train:head(3)) }
  end,
}
