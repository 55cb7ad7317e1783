-- lesson: quick
-- only: work
local w = require "wattle"
return {
  work = function(_, data)
    local p = w.model.tree():fit(data.train:head(50)):predict(data.train:head(3))
    assert(#p == 3 and p[1] >= 0)
    return 1
  end,
}
