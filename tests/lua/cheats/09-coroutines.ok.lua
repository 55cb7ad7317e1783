-- lesson: values
return { give = function(list)
  local each = coroutine.wrap(function()
    for _, x in ipairs(list) do coroutine.yield(x) end
  end)
  each()
  each()
  return each()
end }
