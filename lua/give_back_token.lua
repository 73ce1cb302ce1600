-- Puts one token back into a bucket; a full bucket stays full.
--
-- KEYS[1]  the bucket
-- ARGV[1]  how long one token takes to come back, microseconds
--
-- Result: nil

local full_at = redis.call('GET', KEYS[1])
if full_at then
    full_at = full_at - ARGV[1]
    if full_at > now_us then
        redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PXAT', math.ceil(full_at / 1000))
    else
        redis.call('DEL', KEYS[1])
    end
end
