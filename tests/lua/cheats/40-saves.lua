-- expect: returns error "this file is being checked, and saves nothing"
-- only: returns
return { slim = function(base)
  base:save "mine.model"
  return base
end }
