-- lesson: values
-- only: kept
-- only: near
-- expect: kept pass
-- expect: near fail "it is 99"
-- The table of an earlier call is changed later on: it was a copy.
local kept = {}
return { give = function(list)
  for _, old in ipairs(kept) do old[1], old.deep[1], old[4] = 99, 99, 99 end
  kept[#kept + 1] = list
  list[1], list.deep[1], list[4] = 99, "b", 99
  table.insert(list.deep, "c")
  return list[1]
end }
