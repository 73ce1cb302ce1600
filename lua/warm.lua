-- Adds what the store of record says is taken, and marks the showtime as warm. Reservations that were freed stay so.
--
-- KEYS[1]  the showtime
-- KEYS[2]  the index of showtimes to sweep; absent in a cluster, where it lies on another node and is told by itself
-- ARGV[i]  one reservation each: '<reservation> <user> <pending|settled> <seat> ..'
--
-- Result: nil

local show = open(KEYS[1])
for _, row in ipairs(ARGV) do
    local parts = words(row)
    local known = recall_reservation(show, parts[1])
    take(show, known, parts[2], { unpack(parts, 4) })
    if parts[3] == 'settled' then
        settle(show, known)
    end
    remember_reservation(show, known)
end
redis.call('HSET', show.key, 'warm', '1')
show.written = true
close(show)
if KEYS[2] then
    redis.call('ZADD', KEYS[2], 'NX', 0, KEYS[1])
    redis.call('PEXPIRE', KEYS[2], KEPT)
end
