-- SPDX-License-Identifier: MIT
-- expect: script "a script returns one experiment (return w.experiment {…}); this one returned a table"
return {}
