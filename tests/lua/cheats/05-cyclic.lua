-- lesson: values
-- only: give
-- expect: give error "more than 8 tables inside one another, or a table that holds itself"
return { give = function(list)
  list.me = list
  return list
end }
