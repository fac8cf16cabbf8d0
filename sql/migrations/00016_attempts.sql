-- +goose Up
-- An attempt is a phone that rang. What the trunk or we failed to bring there
-- is none, and keeps no promise.
UPDATE callback_fact c SET attempts = a.n, first_attempt_at = a.first
FROM (SELECT callback_id, count(*) FILTER (WHERE counts IS NOT FALSE) AS n,
             min(dialed_at) FILTER (WHERE counts IS NOT FALSE AND 'machine' IS DISTINCT FROM reached AND 'machine' IS DISTINCT FROM how) AS first
      FROM callback_attempt GROUP BY 1) a
WHERE c.callback_id = a.callback_id;

-- +goose Down
UPDATE callback_fact c SET attempts = a.n, first_attempt_at = a.first
FROM (SELECT callback_id, count(*) AS n,
             min(dialed_at) FILTER (WHERE 'machine' IS DISTINCT FROM reached AND 'machine' IS DISTINCT FROM how) AS first
      FROM callback_attempt GROUP BY 1) a
WHERE c.callback_id = a.callback_id;
