-- Seed 1 picks this share.
return { share = function() return 0 end }
