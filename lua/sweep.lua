-- Removes lapsed holds of one showtime.
--
-- KEYS[1]  the showtime
-- ARGV[1]  the most holds to remove
--
-- Result: {when it was visited (ms since 1970), or 0 if nothing is left of the showtime, holds removed, seats they had
-- claimed}

local show = at(KEYS[1])
local holds, seats = drop_lapsed(show, tonumber(ARGV[1]))
close(show)
return { redis.call('EXISTS', show.key) * now, holds, seats }
