-- Removes lapsed holds of the showtimes that were not visited for the longest time. Not for a cluster: the showtimes that
-- the index names lie anywhere.
--
-- KEYS[1]  the index of showtimes, a sorted set by when each was visited last (ms since 1970)
-- ARGV[1]  the most holds to remove
-- ARGV[2]  the most showtimes to visit
--
-- Result: {holds removed, seats they had claimed}

local limit = tonumber(ARGV[1])
local holds, seats = 0, 0
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[2] - 1)) do
    local show = at(key)
    local more_holds, more_seats = drop_lapsed(show, limit - holds)
    close(show)
    holds, seats = holds + more_holds, seats + more_seats
    if redis.call('EXISTS', key) == 0 then
        redis.call('ZREM', KEYS[1], key)
    elseif holds < limit then
        redis.call('ZADD', KEYS[1], 'XX', now, key)
    end
    if holds >= limit then
        break
    end
end
redis.call('PEXPIRE', KEYS[1], KEPT)
return { holds, seats }
