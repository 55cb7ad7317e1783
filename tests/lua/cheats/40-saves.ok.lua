-- only: returns
return { slim = function(base)
  local fine, why = pcall(base.save, base, "mine.model")
  assert(not fine and why:find("its functions return the model", 1, true))
  return base
end }
