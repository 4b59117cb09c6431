CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE apart (
    feed character varying NOT NULL,
    guid character varying NOT NULL,
    mark character varying NOT NULL
);

CREATE TABLE article_keys (
    key character varying NOT NULL,
    article_id character varying NOT NULL
);

CREATE TABLE articles (
    id character varying NOT NULL,
    appeared character varying,
    revised character varying,
    data json NOT NULL
);

CREATE TABLE brief_votes (
    brief_id character varying NOT NULL,
    channel character varying NOT NULL,
    "user" character varying NOT NULL,
    vote character varying NOT NULL,
    reasons json,
    comment character varying,
    at character varying NOT NULL
);

CREATE TABLE briefs (
    id character varying NOT NULL,
    profile character varying NOT NULL,
    since character varying NOT NULL,
    until character varying NOT NULL,
    generated_at character varying NOT NULL,
    data json NOT NULL
);

CREATE TABLE changes (
    id integer NOT NULL,
    channel character varying NOT NULL,
    "user" character varying NOT NULL,
    at character varying NOT NULL,
    what character varying NOT NULL,
    data json
);

CREATE SEQUENCE changes_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE changes_id_seq OWNED BY changes.id;

CREATE TABLE choices (
    channel character varying NOT NULL,
    data json NOT NULL
);

CREATE TABLE decisions (
    brief_id character varying NOT NULL,
    article_id character varying NOT NULL,
    decision character varying NOT NULL,
    score double precision NOT NULL,
    reason character varying NOT NULL
);

CREATE TABLE deliveries (
    id character varying NOT NULL,
    brief_id character varying NOT NULL,
    content character varying NOT NULL,
    profile character varying NOT NULL,
    channel character varying NOT NULL,
    slot character varying,
    state character varying NOT NULL,
    error character varying,
    created_at character varying NOT NULL,
    owner character varying,
    lease_until double precision,
    fence integer DEFAULT 0 NOT NULL
);

CREATE TABLE delivery_files (
    delivery_id character varying NOT NULL,
    name character varying NOT NULL,
    filename character varying NOT NULL,
    title character varying NOT NULL,
    alt character varying NOT NULL,
    body bytea NOT NULL,
    state character varying NOT NULL,
    file_id character varying,
    url character varying,
    note character varying
);

CREATE TABLE delivery_parts (
    delivery_id character varying NOT NULL,
    part integer NOT NULL,
    payload json NOT NULL,
    hash character varying NOT NULL,
    state character varying NOT NULL,
    ts character varying,
    started double precision,
    attempts integer NOT NULL,
    label character varying
);

CREATE TABLE entries (
    id character varying NOT NULL,
    feed character varying NOT NULL,
    article_id character varying NOT NULL,
    seen_at character varying NOT NULL,
    data json NOT NULL
);

CREATE TABLE errands (
    key character varying NOT NULL,
    kind character varying NOT NULL,
    channel character varying NOT NULL,
    "user" character varying NOT NULL,
    inputs json NOT NULL,
    at character varying NOT NULL,
    brief_id character varying,
    owner character varying,
    lease_until double precision,
    fence integer DEFAULT 0 NOT NULL
);

CREATE TABLE feed_days (
    feed character varying NOT NULL,
    day character varying NOT NULL,
    readings integer NOT NULL,
    failures integer NOT NULL,
    entries integer NOT NULL,
    new_entries integer NOT NULL,
    new_works integer NOT NULL,
    listed character varying,
    repeated integer NOT NULL,
    first boolean NOT NULL
);

CREATE TABLE feeds (
    name character varying NOT NULL,
    url character varying NOT NULL,
    etag character varying,
    last_modified character varying,
    last_success character varying,
    last_error character varying,
    consecutive_failures integer NOT NULL,
    entries_last integer NOT NULL,
    moved_to character varying,
    gone_since character varying,
    not_before character varying,
    backoff_until character varying,
    last_full character varying,
    last_new character varying,
    listed character varying,
    items bytea DEFAULT '\x'::bytea NOT NULL,
    names json
);

CREATE TABLE full_texts (
    article_id character varying NOT NULL,
    tried_at character varying NOT NULL,
    tried_version integer,
    error character varying,
    host character varying,
    version integer,
    source character varying,
    url character varying,
    text character varying,
    sections json,
    paragraphs json
);

CREATE TABLE handled_events (
    key character varying NOT NULL,
    at character varying NOT NULL
);

CREATE TABLE installations (
    team character varying NOT NULL,
    name character varying NOT NULL,
    bot_id character varying NOT NULL,
    bot_user character varying NOT NULL,
    scopes character varying NOT NULL,
    installed_at double precision NOT NULL,
    token character varying NOT NULL,
    refresh_token character varying,
    expires_at double precision
);

CREATE TABLE leases (
    name character varying NOT NULL,
    owner character varying,
    lease_until double precision,
    fence integer DEFAULT 0 NOT NULL
);

CREATE TABLE model_calls (
    id character varying NOT NULL,
    run integer,
    channel character varying NOT NULL,
    at character varying NOT NULL,
    key character varying NOT NULL,
    tokens integer NOT NULL,
    cost_usd double precision NOT NULL,
    good boolean NOT NULL,
    data json NOT NULL
);

CREATE TABLE oauth_states (
    state character varying NOT NULL,
    until double precision NOT NULL
);

CREATE TABLE passages (
    number integer NOT NULL,
    id character varying NOT NULL,
    article_id character varying NOT NULL,
    field character varying NOT NULL,
    start integer NOT NULL,
    "end" integer NOT NULL,
    text character varying NOT NULL,
    generation character varying,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, (text)::text)) STORED
);

CREATE SEQUENCE passages_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE passages_number_seq OWNED BY passages.number;

CREATE TABLE prompts (
    name character varying NOT NULL,
    fingerprint character varying NOT NULL,
    content bytea NOT NULL
);

CREATE TABLE questions (
    id integer NOT NULL,
    channel character varying NOT NULL,
    thread_ts character varying NOT NULL,
    "user" character varying NOT NULL,
    text character varying NOT NULL,
    answer json,
    brief_id character varying,
    at character varying NOT NULL,
    message_ts character varying,
    reply_in character varying,
    answer_ts character varying,
    state character varying DEFAULT 'answered'::character varying NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    versions json,
    stream_ts character varying
);

CREATE SEQUENCE questions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE questions_id_seq OWNED BY questions.id;

CREATE TABLE removed_passages (
    id character varying NOT NULL,
    generation character varying NOT NULL
);

CREATE TABLE runs (
    number integer NOT NULL,
    use_case character varying NOT NULL,
    as_of character varying NOT NULL,
    seconds double precision NOT NULL,
    note character varying NOT NULL,
    subject character varying,
    channel character varying,
    inputs bytea
);

CREATE SEQUENCE runs_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE runs_number_seq OWNED BY runs.number;

CREATE TABLE slots (
    key character varying NOT NULL,
    channel character varying NOT NULL,
    profile character varying NOT NULL,
    day character varying NOT NULL,
    due character varying NOT NULL,
    state character varying NOT NULL,
    reason character varying,
    brief_id character varying,
    complete boolean NOT NULL,
    noted_at character varying NOT NULL,
    not_before character varying NOT NULL,
    owner character varying,
    lease_until double precision,
    fence integer DEFAULT 0 NOT NULL
);

CREATE TABLE subscriptions (
    key character varying NOT NULL,
    since character varying NOT NULL,
    paused boolean NOT NULL
);

CREATE TABLE suggestions (
    channel character varying NOT NULL,
    article_id character varying NOT NULL,
    channel_name character varying NOT NULL,
    "user" character varying NOT NULL,
    at character varying NOT NULL
);

CREATE TABLE tallies (
    basis character varying NOT NULL,
    since character varying NOT NULL,
    until character varying NOT NULL,
    brief_id character varying,
    data bytea NOT NULL
);

CREATE TABLE tastes (
    channel character varying NOT NULL,
    article_id character varying NOT NULL,
    "user" character varying NOT NULL,
    kind character varying NOT NULL,
    channel_name character varying NOT NULL,
    sign integer NOT NULL,
    at character varying NOT NULL
);

CREATE TABLE team_channels (
    channel character varying NOT NULL,
    team character varying NOT NULL
);

CREATE TABLE vectors (
    passage_id character varying NOT NULL,
    embedding character varying NOT NULL,
    vector bytea NOT NULL
);

CREATE TABLE versions (
    brief_id character varying NOT NULL,
    first character varying NOT NULL,
    kind character varying NOT NULL,
    channel character varying NOT NULL,
    "user" character varying NOT NULL,
    at character varying NOT NULL
);

CREATE TABLE votes (
    question_id integer NOT NULL,
    "user" character varying NOT NULL,
    vote character varying NOT NULL,
    at character varying NOT NULL,
    reasons json,
    comment character varying
);

ALTER TABLE ONLY changes ALTER COLUMN id SET DEFAULT nextval('changes_id_seq'::regclass);

ALTER TABLE ONLY passages ALTER COLUMN number SET DEFAULT nextval('passages_number_seq'::regclass);

ALTER TABLE ONLY questions ALTER COLUMN id SET DEFAULT nextval('questions_id_seq'::regclass);

ALTER TABLE ONLY runs ALTER COLUMN number SET DEFAULT nextval('runs_number_seq'::regclass);

ALTER TABLE ONLY alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY apart
    ADD CONSTRAINT apart_pkey PRIMARY KEY (feed, guid);

ALTER TABLE ONLY article_keys
    ADD CONSTRAINT article_keys_pkey PRIMARY KEY (key, article_id);

ALTER TABLE ONLY articles
    ADD CONSTRAINT articles_pkey PRIMARY KEY (id);

ALTER TABLE ONLY brief_votes
    ADD CONSTRAINT brief_votes_pkey PRIMARY KEY (brief_id, channel, "user");

ALTER TABLE ONLY briefs
    ADD CONSTRAINT briefs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY changes
    ADD CONSTRAINT changes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY choices
    ADD CONSTRAINT choices_pkey PRIMARY KEY (channel);

ALTER TABLE ONLY decisions
    ADD CONSTRAINT decisions_pkey PRIMARY KEY (brief_id, article_id);

ALTER TABLE ONLY deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY delivery_files
    ADD CONSTRAINT delivery_files_pkey PRIMARY KEY (delivery_id, name);

ALTER TABLE ONLY delivery_parts
    ADD CONSTRAINT delivery_parts_pkey PRIMARY KEY (delivery_id, part);

ALTER TABLE ONLY entries
    ADD CONSTRAINT entries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY errands
    ADD CONSTRAINT errands_pkey PRIMARY KEY (key);

ALTER TABLE ONLY feed_days
    ADD CONSTRAINT feed_days_pkey PRIMARY KEY (feed, day);

ALTER TABLE ONLY feeds
    ADD CONSTRAINT feeds_pkey PRIMARY KEY (name);

ALTER TABLE ONLY full_texts
    ADD CONSTRAINT full_texts_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY handled_events
    ADD CONSTRAINT handled_events_pkey PRIMARY KEY (key);

ALTER TABLE ONLY installations
    ADD CONSTRAINT installations_pkey PRIMARY KEY (team);

ALTER TABLE ONLY leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);

ALTER TABLE ONLY model_calls
    ADD CONSTRAINT model_calls_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oauth_states
    ADD CONSTRAINT oauth_states_pkey PRIMARY KEY (state);

ALTER TABLE ONLY passages
    ADD CONSTRAINT passages_id_key UNIQUE (id);

ALTER TABLE ONLY passages
    ADD CONSTRAINT passages_pkey PRIMARY KEY (number);

ALTER TABLE ONLY prompts
    ADD CONSTRAINT prompts_pkey PRIMARY KEY (name, fingerprint);

ALTER TABLE ONLY questions
    ADD CONSTRAINT questions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY removed_passages
    ADD CONSTRAINT removed_passages_pkey PRIMARY KEY (id, generation);

ALTER TABLE ONLY runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (number);

ALTER TABLE ONLY slots
    ADD CONSTRAINT slots_pkey PRIMARY KEY (key);

ALTER TABLE ONLY subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (key);

ALTER TABLE ONLY suggestions
    ADD CONSTRAINT suggestions_pkey PRIMARY KEY (channel, article_id);

ALTER TABLE ONLY tallies
    ADD CONSTRAINT tallies_pkey PRIMARY KEY (basis, since, until);

ALTER TABLE ONLY tastes
    ADD CONSTRAINT tastes_pkey PRIMARY KEY (channel, article_id, "user", kind);

ALTER TABLE ONLY team_channels
    ADD CONSTRAINT team_channels_pkey PRIMARY KEY (channel);

ALTER TABLE ONLY deliveries
    ADD CONSTRAINT uq_deliveries_brief_channel UNIQUE (brief_id, channel);

ALTER TABLE ONLY deliveries
    ADD CONSTRAINT uq_deliveries_content_channel UNIQUE (content, channel);

ALTER TABLE ONLY deliveries
    ADD CONSTRAINT uq_deliveries_slot UNIQUE (slot);

ALTER TABLE ONLY vectors
    ADD CONSTRAINT vectors_pkey PRIMARY KEY (passage_id, embedding);

ALTER TABLE ONLY versions
    ADD CONSTRAINT versions_pkey PRIMARY KEY (brief_id);

ALTER TABLE ONLY votes
    ADD CONSTRAINT votes_pkey PRIMARY KEY (question_id, "user");

CREATE INDEX ix_article_keys_article_id ON article_keys USING btree (article_id);

CREATE INDEX ix_articles_appeared ON articles USING btree (appeared);

CREATE INDEX ix_articles_revised ON articles USING btree (revised);

CREATE INDEX ix_briefs_generated_at ON briefs USING btree (generated_at);

CREATE INDEX ix_changes_channel ON changes USING btree (channel);

CREATE INDEX ix_decisions_article_id ON decisions USING btree (article_id);

CREATE INDEX ix_deliveries_state ON deliveries USING btree (state);

CREATE INDEX ix_delivery_parts_ts ON delivery_parts USING btree (ts);

CREATE INDEX ix_entries_article_id ON entries USING btree (article_id);

CREATE INDEX ix_feed_days_day ON feed_days USING btree (day);

CREATE INDEX ix_full_texts_tried_at ON full_texts USING btree (tried_at);

CREATE INDEX ix_handled_events_at ON handled_events USING btree (at);

CREATE INDEX ix_model_calls_at ON model_calls USING btree (at);

CREATE INDEX ix_model_calls_key ON model_calls USING btree (key);

CREATE INDEX ix_model_calls_run ON model_calls USING btree (run);

CREATE INDEX ix_passages_article_id ON passages USING btree (article_id);

CREATE INDEX ix_passages_generation ON passages USING btree (generation);

CREATE INDEX ix_passages_words ON passages USING gin (words);

CREATE INDEX ix_questions_state ON questions USING btree (state);

CREATE INDEX ix_questions_thread ON questions USING btree (channel, thread_ts);

CREATE INDEX ix_questions_user ON questions USING btree ("user", at);

CREATE INDEX ix_slots_profile ON slots USING btree (profile, due);

CREATE INDEX ix_slots_subscriber ON slots USING btree (channel, profile);

CREATE INDEX ix_slots_work ON slots USING btree (state, not_before, due, key);

CREATE INDEX ix_versions_first ON versions USING btree (first);

CREATE UNIQUE INDEX uq_questions_message ON questions USING btree (channel, message_ts);

ALTER TABLE ONLY delivery_files
    ADD CONSTRAINT delivery_files_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES deliveries(id);

ALTER TABLE ONLY delivery_parts
    ADD CONSTRAINT delivery_parts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES deliveries(id);

ALTER TABLE ONLY votes
    ADD CONSTRAINT votes_question_id_fkey FOREIGN KEY (question_id) REFERENCES questions(id);
