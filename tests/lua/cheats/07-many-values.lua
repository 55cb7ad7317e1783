-- lesson: values
-- only: give
-- expect: give error "over 100,000 values do not cross"
return { give = function()
  local list = {}
  for i = 1, 50000 do list[i] = i end
  return list, {}
end }
