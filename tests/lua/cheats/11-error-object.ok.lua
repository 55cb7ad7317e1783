-- lesson: values
return { give = function(list)
  local ok, object = pcall(error, { code = 3 })
  return not ok and object.code or 0
end }
