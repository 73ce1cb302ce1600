-- How many seats are claimed in each of some showtimes.
--
-- KEYS[i]  a showtime each; in a cluster, of one slot
-- ARGV     none
--
-- Result: {held, taken, held, taken, ..} in the order of KEYS; -1 twice for a cold showtime

local answer = {}
for _, key in ipairs(KEYS) do
    local show = open(key)
    close(show)
    local state = redis.call('HMGET', key, 'warm', 'held', 'taken')
    for place = 2, 3 do
        answer[#answer + 1] = state[1] and tonumber(state[place] or 0) or -1
    end
end
return answer
