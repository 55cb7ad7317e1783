-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
while true do pcall(string.gsub, ("a"):rep(30), ("a?"):rep(30) .. ("a"):rep(31), "") end
