-- lesson: values
-- expect: give error "ex1.lua: attempt to yield from outside a coroutine"
-- expect: near error "attempt to yield"
-- expect: kept pass
-- expect: sane pass
local kept
return { give = function(list)
  if kept then
    return kept
  end
  kept = coroutine.create(function() coroutine.yield(3) end)
  coroutine.resume(kept)
  coroutine.yield(kept)
  return 3
end }
