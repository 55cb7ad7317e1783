-- lesson: values
-- only: give
return { give = function()
  local list = {}
  for i = 1, 49990 do list[i] = i end
  return list
end }
