-- only: returns
return { slim = function(base, data)
  return base:fit(data.train, { epochs = 1 })
end }
