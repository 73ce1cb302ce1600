-- Takes one token of a bucket, by the generic cell rate algorithm: a bucket is one number, the time at which it will be
-- full. A full bucket is no key at all.
--
-- KEYS[1]  the bucket
-- ARGV[1]  how long one token takes to come back, microseconds
-- ARGV[2]  how many tokens a full bucket has
--
-- Result: 0 if a token was taken, else how long until there is one, microseconds

local per_token = tonumber(ARGV[1])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now_us) + per_token
local too_early = full_at - now_us - per_token * ARGV[2]
if too_early > 0 then
    return too_early
end
redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PXAT', math.ceil(full_at / 1000))
return 0
