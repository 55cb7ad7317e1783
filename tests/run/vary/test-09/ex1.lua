-- Returns the share that the text names.
return { share = function() return 0 end }
