-- lesson: values
-- only: give
-- expect: give error "over 100,000 values do not cross"
return { give = function()
  local wide = {}
  for i = 1, 100 do wide[i] = i end
  for _ = 1, 6 do
    local next = {}
    for i = 1, 100 do next[i] = wide end
    wide = next
  end
  return wide
end }
