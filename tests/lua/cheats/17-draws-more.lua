-- lesson: drawn
-- only: fitted
-- expect: fitted error "data.load: blobs is drawn by a generator, which could draw the test rows here, too"
-- More rows of the same seed begin with those of the lesson, its test rows among them.
local w = require "wattle"
return { learn = function()
  return w.model.tree():fit(w.data.load("blobs", { rows = 3000, seed = 1 }).train)
end }
