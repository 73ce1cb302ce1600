-- Frees the seats of a hold at once.
--
-- KEYS[1]  the hold's showtime; or, without a cluster, the hold's locator, which names the showtime
-- ARGV[1]  which of them KEYS[1] is: 'showtime' or 'locator'
-- ARGV[2]  the hold
-- ARGV[3]  the user
--
-- Result: {'done'}, {'unknown'}, {'lapsed'} or {'used', reservation}

local key = located(KEYS[1], ARGV[1])
if not key then
    return { 'unknown' }
end
local show = open(key)
local hold, refusal = not_ended(show, ARGV[2], ARGV[3])
if hold then
    drop_hold(show, hold.id)
    end_hold(hold, 'released')
end
close(show)
return refusal or { 'done' }
