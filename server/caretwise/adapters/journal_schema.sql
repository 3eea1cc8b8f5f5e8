-- The journal's form. Each section brings a file from the number before to its own number (PRAGMA user_version).
-- A section that was released is never changed; a new form is a new section.
-- The bounds are those of caretwise.measure.event: no column can hold more text than its event field may.

-- migration 1
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    schema INTEGER NOT NULL,
    at REAL NOT NULL,
    kind TEXT NOT NULL CHECK (length(kind) <= 20),
    suggestion TEXT NOT NULL CHECK (length(suggestion) <= 64),
    role TEXT NOT NULL CHECK (length(role) <= 10),
    model TEXT NOT NULL CHECK (length(model) <= 120),
    model_asked TEXT NOT NULL CHECK (length(model_asked) <= 200),
    model_answered TEXT NOT NULL CHECK (length(model_answered) <= 200),
    endpoint TEXT NOT NULL CHECK (length(endpoint) <= 80),
    host TEXT NOT NULL CHECK (length(host) <= 261),
    style TEXT NOT NULL CHECK (length(style) <= 40),
    template TEXT NOT NULL CHECK (length(template) <= 80),
    thinking INTEGER,
    arm TEXT NOT NULL CHECK (length(arm) <= 80),
    "trigger" TEXT NOT NULL CHECK (length("trigger") <= 10),
    language TEXT NOT NULL CHECK (length(language) <= 40),
    origin TEXT NOT NULL CHECK (length(origin) <= 10),
    reason TEXT NOT NULL CHECK (length(reason) <= 40),
    amount TEXT NOT NULL CHECK (length(amount) <= 10),
    characters INTEGER,
    lines INTEGER,
    first_token_ms REAL,
    total_ms REAL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    cached_tokens INTEGER,
    document TEXT NOT NULL CHECK (length(document) <= 16)
);
CREATE INDEX event_at ON event (at);

-- migration 2
ALTER TABLE event ADD COLUMN cost_usd REAL;

-- migration 3
ALTER TABLE event ADD COLUMN user TEXT NOT NULL DEFAULT '' CHECK (length(user) <= 16);
ALTER TABLE event ADD COLUMN block TEXT NOT NULL DEFAULT '' CHECK (length(block) <= 16);
ALTER TABLE event ADD COLUMN experiment TEXT NOT NULL DEFAULT '' CHECK (length(experiment) <= 80);
ALTER TABLE event ADD COLUMN propensity REAL;
ALTER TABLE event ADD COLUMN editor TEXT NOT NULL DEFAULT '' CHECK (length(editor) <= 40);
ALTER TABLE event ADD COLUMN syntax TEXT NOT NULL DEFAULT '' CHECK (length(syntax) <= 20);
ALTER TABLE event ADD COLUMN evidence TEXT NOT NULL DEFAULT '' CHECK (length(evidence) <= 10);
ALTER TABLE event ADD COLUMN wait_ms REAL;
ALTER TABLE event ADD COLUMN offer_ms REAL;
ALTER TABLE event ADD COLUMN shown_ms REAL;
ALTER TABLE event ADD COLUMN visible_ms REAL;
ALTER TABLE event ADD COLUMN after_s INTEGER;
ALTER TABLE event ADD COLUMN share REAL;
ALTER TABLE event ADD COLUMN disturbed TEXT NOT NULL DEFAULT '' CHECK (length(disturbed) <= 20);
