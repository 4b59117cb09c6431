CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE feeds (
	name VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	etag VARCHAR, 
	last_modified VARCHAR, 
	last_success VARCHAR, 
	last_error VARCHAR, 
	consecutive_failures INTEGER NOT NULL, 
	entries_last INTEGER NOT NULL, moved_to VARCHAR, gone_since VARCHAR, not_before VARCHAR, backoff_until VARCHAR, last_full VARCHAR, last_new VARCHAR, listed VARCHAR, items BLOB DEFAULT (x'') NOT NULL, names JSON, 
	PRIMARY KEY (name)
);

CREATE TABLE entries (
	id VARCHAR NOT NULL, 
	feed VARCHAR NOT NULL, 
	article_id VARCHAR NOT NULL, 
	seen_at VARCHAR NOT NULL, 
	data JSON NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE articles (
	id VARCHAR NOT NULL, 
	appeared VARCHAR, 
	revised VARCHAR, 
	data JSON NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE article_keys (
	"key" VARCHAR NOT NULL, 
	article_id VARCHAR NOT NULL, 
	PRIMARY KEY ("key", article_id)
);

CREATE TABLE passages (
	number INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	article_id VARCHAR NOT NULL, 
	field VARCHAR NOT NULL, 
	start INTEGER NOT NULL, 
	"end" INTEGER NOT NULL, 
	text VARCHAR NOT NULL, 
	generation VARCHAR, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);

CREATE TABLE removed_passages (
	id VARCHAR NOT NULL, 
	generation VARCHAR NOT NULL, 
	PRIMARY KEY (id, generation)
);

CREATE TABLE vectors (
	passage_id VARCHAR NOT NULL, 
	embedding VARCHAR NOT NULL, 
	vector BLOB NOT NULL, 
	PRIMARY KEY (passage_id, embedding)
);

CREATE VIRTUAL TABLE passages_fts USING fts5(
    text, content='passages', content_rowid='number', tokenize='porter unicode61 remove_diacritics 2'
);

CREATE TABLE briefs (
	id VARCHAR NOT NULL, 
	profile VARCHAR NOT NULL, 
	since VARCHAR NOT NULL, 
	until VARCHAR NOT NULL, 
	generated_at VARCHAR NOT NULL, 
	data JSON NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE decisions (
	brief_id VARCHAR NOT NULL, 
	article_id VARCHAR NOT NULL, 
	decision VARCHAR NOT NULL, 
	score FLOAT NOT NULL, 
	reason VARCHAR NOT NULL, 
	PRIMARY KEY (brief_id, article_id)
);

CREATE TABLE runs (
	number INTEGER NOT NULL, 
	use_case VARCHAR NOT NULL, 
	as_of VARCHAR NOT NULL, 
	seconds FLOAT NOT NULL, 
	note VARCHAR NOT NULL, subject VARCHAR, channel VARCHAR, inputs BLOB, 
	PRIMARY KEY (number)
);

CREATE TABLE deliveries (
	id VARCHAR NOT NULL, 
	brief_id VARCHAR NOT NULL, 
	content VARCHAR NOT NULL, 
	profile VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	slot VARCHAR, 
	state VARCHAR NOT NULL, 
	error VARCHAR, 
	created_at VARCHAR NOT NULL, owner VARCHAR, lease_until FLOAT, fence INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_deliveries_brief_channel UNIQUE (brief_id, channel), 
	CONSTRAINT uq_deliveries_content_channel UNIQUE (content, channel), 
	CONSTRAINT uq_deliveries_slot UNIQUE (slot)
);

CREATE TABLE delivery_parts (
	delivery_id VARCHAR NOT NULL, 
	part INTEGER NOT NULL, 
	payload JSON NOT NULL, 
	hash VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	ts VARCHAR, 
	started FLOAT, 
	attempts INTEGER NOT NULL, label VARCHAR, 
	PRIMARY KEY (delivery_id, part), 
	FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);

CREATE TABLE handled_events (
	"key" VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
);

CREATE TABLE questions (
	id INTEGER NOT NULL, 
	channel VARCHAR NOT NULL, 
	thread_ts VARCHAR NOT NULL, 
	user VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	answer JSON, 
	brief_id VARCHAR, 
	at VARCHAR NOT NULL, message_ts VARCHAR, reply_in VARCHAR, answer_ts VARCHAR, state VARCHAR DEFAULT 'answered' NOT NULL, attempts INTEGER DEFAULT '0' NOT NULL, versions JSON, stream_ts VARCHAR, 
	PRIMARY KEY (id)
);

CREATE TABLE feed_days (
	feed VARCHAR NOT NULL, 
	day VARCHAR NOT NULL, 
	readings INTEGER NOT NULL, 
	failures INTEGER NOT NULL, 
	entries INTEGER NOT NULL, 
	new_entries INTEGER NOT NULL, 
	new_works INTEGER NOT NULL, 
	listed VARCHAR, 
	repeated INTEGER NOT NULL, 
	first BOOLEAN NOT NULL, 
	PRIMARY KEY (feed, day)
);

CREATE TABLE votes (
	question_id INTEGER NOT NULL, 
	user VARCHAR NOT NULL, 
	vote VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, reasons JSON, comment VARCHAR, 
	PRIMARY KEY (question_id, user), 
	FOREIGN KEY(question_id) REFERENCES questions (id)
);

CREATE TABLE subscriptions (
	"key" VARCHAR NOT NULL, 
	since VARCHAR NOT NULL, 
	paused BOOLEAN NOT NULL, 
	PRIMARY KEY ("key")
);

CREATE TABLE slots (
	"key" VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	profile VARCHAR NOT NULL, 
	day VARCHAR NOT NULL, 
	due VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	reason VARCHAR, 
	brief_id VARCHAR, 
	complete BOOLEAN NOT NULL, 
	noted_at VARCHAR NOT NULL, 
	not_before VARCHAR NOT NULL, 
	owner VARCHAR, 
	lease_until FLOAT, 
	fence INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY ("key")
);

CREATE TABLE leases (
	name VARCHAR NOT NULL, 
	owner VARCHAR, 
	lease_until FLOAT, 
	fence INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (name)
);

CREATE TABLE model_calls (
	id VARCHAR NOT NULL, 
	run INTEGER, 
	channel VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	tokens INTEGER NOT NULL, 
	cost_usd FLOAT NOT NULL, 
	good BOOLEAN NOT NULL, 
	data JSON NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE prompts (
	name VARCHAR NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	content BLOB NOT NULL, 
	PRIMARY KEY (name, fingerprint)
);

CREATE TABLE choices (
	channel VARCHAR NOT NULL, 
	data JSON NOT NULL, 
	PRIMARY KEY (channel)
);

CREATE TABLE changes (
	id INTEGER NOT NULL, 
	channel VARCHAR NOT NULL, 
	user VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	data JSON, 
	PRIMARY KEY (id)
);

CREATE TABLE full_texts (
	article_id VARCHAR NOT NULL, 
	tried_at VARCHAR NOT NULL, 
	tried_version INTEGER, 
	error VARCHAR, 
	host VARCHAR, 
	version INTEGER, 
	source VARCHAR, 
	url VARCHAR, 
	text VARCHAR, 
	sections JSON, 
	paragraphs JSON, 
	PRIMARY KEY (article_id)
);

CREATE VIRTUAL TABLE fulltext_fts USING fts5(text, content='passages', content_rowid='number', tokenize='porter unicode61 remove_diacritics 2');

CREATE TABLE tallies (
	basis VARCHAR NOT NULL, 
	since VARCHAR NOT NULL, 
	until VARCHAR NOT NULL, 
	brief_id VARCHAR, 
	data BLOB NOT NULL, 
	PRIMARY KEY (basis, since, until)
);

CREATE TABLE apart (
	feed VARCHAR NOT NULL, 
	guid VARCHAR NOT NULL, 
	mark VARCHAR NOT NULL, 
	PRIMARY KEY (feed, guid)
);

CREATE TABLE delivery_files (
	delivery_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	filename VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	alt VARCHAR NOT NULL, 
	body BLOB NOT NULL, 
	state VARCHAR NOT NULL, 
	file_id VARCHAR, 
	url VARCHAR, 
	note VARCHAR, 
	PRIMARY KEY (delivery_id, name), 
	FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);

CREATE TABLE brief_votes (
	brief_id VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	user VARCHAR NOT NULL, 
	vote VARCHAR NOT NULL, 
	reasons JSON, 
	comment VARCHAR, 
	at VARCHAR NOT NULL, 
	PRIMARY KEY (brief_id, channel, user)
);

CREATE TABLE installations (
	team VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	bot_id VARCHAR NOT NULL, 
	bot_user VARCHAR NOT NULL, 
	scopes VARCHAR NOT NULL, 
	installed_at FLOAT NOT NULL, 
	token VARCHAR NOT NULL, 
	refresh_token VARCHAR, 
	expires_at FLOAT, 
	PRIMARY KEY (team)
);

CREATE TABLE oauth_states (
	state VARCHAR NOT NULL, 
	until FLOAT NOT NULL, 
	PRIMARY KEY (state)
);

CREATE TABLE team_channels (
	channel VARCHAR NOT NULL, 
	team VARCHAR NOT NULL, 
	PRIMARY KEY (channel)
);

CREATE TABLE suggestions (
	channel VARCHAR NOT NULL, 
	article_id VARCHAR NOT NULL, 
	channel_name VARCHAR NOT NULL, 
	user VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	PRIMARY KEY (channel, article_id)
);

CREATE TABLE tastes (
	channel VARCHAR NOT NULL, 
	article_id VARCHAR NOT NULL, 
	user VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	channel_name VARCHAR NOT NULL, 
	sign INTEGER NOT NULL, 
	at VARCHAR NOT NULL, 
	PRIMARY KEY (channel, article_id, user, kind)
);

CREATE TABLE versions (
	brief_id VARCHAR NOT NULL, 
	first VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	user VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	PRIMARY KEY (brief_id)
);

CREATE TABLE errands (
	"key" VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	user VARCHAR NOT NULL, 
	inputs JSON NOT NULL, 
	at VARCHAR NOT NULL, 
	brief_id VARCHAR, 
	owner VARCHAR, 
	lease_until FLOAT, 
	fence INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY ("key")
);

CREATE INDEX ix_entries_article_id ON entries (article_id);

CREATE INDEX ix_articles_appeared ON articles (appeared);

CREATE INDEX ix_articles_revised ON articles (revised);

CREATE INDEX ix_article_keys_article_id ON article_keys (article_id);

CREATE INDEX ix_passages_generation ON passages (generation);

CREATE INDEX ix_passages_article_id ON passages (article_id);

CREATE INDEX ix_briefs_generated_at ON briefs (generated_at);

CREATE INDEX ix_decisions_article_id ON decisions (article_id);

CREATE INDEX ix_deliveries_state ON deliveries (state);

CREATE INDEX ix_delivery_parts_ts ON delivery_parts (ts);

CREATE INDEX ix_handled_events_at ON handled_events (at);

CREATE INDEX ix_questions_thread ON questions (channel, thread_ts);

CREATE INDEX ix_feed_days_day ON feed_days (day);

CREATE INDEX ix_questions_state ON questions (state);

CREATE INDEX ix_questions_user ON questions (user, at);

CREATE UNIQUE INDEX uq_questions_message ON questions (channel, message_ts);

CREATE INDEX ix_slots_subscriber ON slots (channel, profile);

CREATE INDEX ix_slots_profile ON slots (profile, due);

CREATE INDEX ix_model_calls_run ON model_calls (run);

CREATE INDEX ix_model_calls_at ON model_calls (at);

CREATE INDEX ix_model_calls_key ON model_calls ("key");

CREATE INDEX ix_changes_channel ON changes (channel);

CREATE INDEX ix_full_texts_tried_at ON full_texts (tried_at);

CREATE TRIGGER passages_fts_inserted AFTER INSERT ON passages WHEN new.field <> 'fulltext' BEGIN INSERT INTO passages_fts(rowid, text) VALUES (new.number, new.text); END;

CREATE TRIGGER passages_fts_deleted AFTER DELETE ON passages WHEN old.field <> 'fulltext' BEGIN INSERT INTO passages_fts(passages_fts, rowid, text) VALUES ('delete', old.number, old.text); END;

CREATE TRIGGER passages_fts_updated AFTER UPDATE OF text ON passages WHEN old.field <> 'fulltext' BEGIN INSERT INTO passages_fts(passages_fts, rowid, text) VALUES ('delete', old.number, old.text); INSERT INTO passages_fts(rowid, text) VALUES (new.number, new.text); END;

CREATE TRIGGER fulltext_fts_inserted AFTER INSERT ON passages WHEN new.field = 'fulltext' BEGIN INSERT INTO fulltext_fts(rowid, text) VALUES (new.number, new.text); END;

CREATE TRIGGER fulltext_fts_deleted AFTER DELETE ON passages WHEN old.field = 'fulltext' BEGIN INSERT INTO fulltext_fts(fulltext_fts, rowid, text) VALUES ('delete', old.number, old.text); END;

CREATE TRIGGER fulltext_fts_updated AFTER UPDATE OF text ON passages WHEN old.field = 'fulltext' BEGIN INSERT INTO fulltext_fts(fulltext_fts, rowid, text) VALUES ('delete', old.number, old.text); INSERT INTO fulltext_fts(rowid, text) VALUES (new.number, new.text); END;

CREATE INDEX ix_slots_work ON slots (state, not_before, due, "key");

CREATE INDEX ix_versions_first ON versions (first);
