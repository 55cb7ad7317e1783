-- lesson: values
-- only: give
return { give = function()
  local one = { "shared" }
  return { one, one, { one, one } }
end }
