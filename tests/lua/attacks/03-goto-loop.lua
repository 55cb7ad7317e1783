-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
::again::
goto again
