-- How the report counts a journal: run on a connection with a view `counted`, which has the columns of an event.

-- What became of each suggestion, one row for each: a fact that several events tell (a command and the text, two exports
-- that overlap) counts once. An event that names no model belongs to the model that another of the suggestion names.
CREATE TEMP TABLE outcome AS SELECT
    role,
    -- All that comes of a request for a fix begins with the request's identifier and a hyphen.
    CASE WHEN role = 'fix' THEN substr(suggestion, 1, instr(suggestion || '-', '-') - 1) END AS request,
    max(model) AS model,
    max(experiment) AS experiment,
    max(arm) AS arm,
    max(user) AS user,
    max(block) AS block,
    max(language) AS language,
    min("at") AS "at",
    max(kind IN ('shown', 'accepted', 'fix_offered', 'fix_applied')) AS shown,
    max(kind IN ('accepted', 'fix_applied')) AS accepted,
    max(kind = 'fix_applied' OR (kind = 'accepted' AND amount = 'full')) AS accepted_full,
    max(kind = 'typed_through') AS typed,
    max(kind = 'dismissed') AS dismissed,
    max(kind = 'superseded') AS superseded,
    max(kind IN ('undone', 'fix_undone')) AS undone,
    max(kind = 'edited') AS edited,
    max(kind = 'fix_verified' OR (kind = 'fix_applied' AND reason = 'verified')) AS verified,
    max(kind = 'fix_gone') AS gone,
    max(kind = 'fix_withheld') AS withheld,
    max(CASE WHEN kind IN ('accepted', 'fix_applied') THEN characters END) AS characters,
    max(CASE WHEN kind = 'typed_through' THEN characters END) AS typed_characters,
    max(CASE WHEN kind = 'shown' THEN shown_ms END) AS shown_ms,
    max(CASE WHEN kind = 'fix_offered' THEN offer_ms END) AS offer_ms,
    max(CASE WHEN after_s = 30 AND disturbed NOT IN ('closed', 'replaced', 'many_files') THEN characters END) AS kept_30,
    max(CASE WHEN after_s = 120 AND disturbed NOT IN ('closed', 'replaced', 'many_files') THEN characters END) AS kept_120,
    max(CASE WHEN after_s = 300 AND disturbed NOT IN ('closed', 'replaced', 'many_files') THEN characters END) AS kept_300,
    max(CASE WHEN after_s = 600 AND disturbed NOT IN ('closed', 'replaced', 'many_files') THEN characters END) AS kept_600,
    -- Of a fix: most of what it put in was written over or taken out, as far as somebody could look.
    max(after_s = 300 AND share < 0.5 AND disturbed NOT IN ('closed', 'replaced', 'many_files')) AS overwritten
FROM counted
WHERE kind NOT IN ('opportunity', 'suppressed', 'asked', 'returned', 'empty', 'failed')
GROUP BY suggestion, role;

-- Requests and outcomes together, for each user, block, language and day under each model and arm.
CREATE TEMP TABLE cell AS
SELECT
    role, model, experiment, arm, user, block, language, CAST("at" / 86400 AS INTEGER) * 86400 AS day,
    0 AS opportunities, 0 AS suppressed, 0 AS asked, 0 AS returned, 0 AS empty, 0 AS failed,
    sum(shown) AS shown,
    sum(accepted) AS accepted,
    sum(accepted_full) AS accepted_full,
    sum(typed AND shown AND NOT accepted) AS typed,
    sum(dismissed AND shown AND NOT accepted) AS dismissed,
    sum(superseded) AS superseded,
    sum(undone) AS undone,
    sum(edited) AS edited,
    sum(verified AND accepted) AS verified,
    sum(gone) AS gone,
    sum(withheld) AS withheld,
    coalesce(sum(characters), 0) AS accepted_characters,
    coalesce(sum(typed_characters), 0) AS typed_characters,
    coalesce(sum(kept_300), 0) AS retained_characters,
    coalesce(sum(CAST(kept_300 AS REAL) * kept_300), 0.0) AS retained_squares
FROM outcome GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
UNION ALL
SELECT
    role, model, experiment, arm, user, block, language, CAST("at" / 86400 AS INTEGER) * 86400,
    count(DISTINCT CASE WHEN kind = 'opportunity' THEN suggestion END),
    count(DISTINCT CASE WHEN kind = 'suppressed' THEN suggestion END),
    count(DISTINCT CASE WHEN kind = 'asked' THEN suggestion END),
    count(DISTINCT CASE WHEN kind = 'returned' THEN suggestion END),
    count(DISTINCT CASE WHEN kind = 'empty' THEN suggestion END),
    count(DISTINCT CASE WHEN kind = 'failed' THEN suggestion END),
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0
FROM counted
WHERE kind IN ('opportunity', 'suppressed', 'asked', 'returned', 'empty', 'failed')
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

-- Each request for a fix of which is known that it was made, with what came of it. What another model than the one that
-- was asked in the first place has made of it belongs to none.
CREATE TEMP TABLE fix_request AS
SELECT
    model, experiment, arm, user, max(block) AS block, CAST(min("at") / 86400 AS INTEGER) * 86400 AS day,
    max(offered) AS offered,
    max(offered AND verified) AS verified,
    max(offered AND accepted) AS applied,
    max(offered AND accepted AND gone) AS gone,
    max(offered AND accepted AND undone) AS undone,
    max(offered AND accepted AND NOT undone AND NOT coalesce(overwritten, 0)) AS kept,
    min(CASE WHEN offered THEN offer_ms END) AS offer_ms,
    sum(cost_usd) AS cost_usd,
    sum(unpriced) AS unpriced
FROM (
    SELECT
        request, model, experiment, arm, user, block, "at", 0 AS made, shown AND (accepted OR NOT withheld) AS offered,
        verified, accepted, gone, undone, overwritten, offer_ms, NULL AS cost_usd, 0 AS unpriced
    FROM outcome WHERE role = 'fix'
    UNION ALL
    SELECT
        substr(suggestion, 1, instr(suggestion || '-', '-') - 1), model, experiment, arm, user, block, "at",
        kind = 'opportunity', 0, 0, 0, 0, 0, 0, NULL, CASE WHEN kind <> 'opportunity' THEN cost_usd END,
        kind <> 'opportunity' AND origin = 'network' AND cost_usd IS NULL
    FROM counted WHERE role = 'fix' AND kind IN ('opportunity', 'returned', 'failed')
)
GROUP BY request, model, experiment, arm, user
HAVING max(made);
