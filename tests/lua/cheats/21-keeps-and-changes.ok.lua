-- lesson: values
-- only: kept
-- only: near
return { give = function(list)
  list[1] = 3
  return list[1]
end }
