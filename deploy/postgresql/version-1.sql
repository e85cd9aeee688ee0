-- The journal and the snapshots: the tables of pekko-persistence-jdbc 1.1, in its names. Two who write the same number of one
-- session exclude each other: the second is refused, reads again, and goes on behind the first.

CREATE TABLE ${schema}.event_journal (
  ordering bigserial NOT NULL UNIQUE,
  persistence_id text NOT NULL,
  sequence_number bigint NOT NULL,
  deleted boolean NOT NULL DEFAULT false,
  writer text NOT NULL,
  write_timestamp bigint,
  adapter_manifest text,
  event_ser_id integer NOT NULL,
  event_ser_manifest text NOT NULL,
  event_payload bytea NOT NULL,
  meta_ser_id integer,
  meta_ser_manifest text,
  meta_payload bytea,
  PRIMARY KEY (persistence_id, sequence_number)
);

CREATE TABLE ${schema}.event_tag (
  event_id bigint NOT NULL REFERENCES ${schema}.event_journal (ordering) ON DELETE CASCADE,
  tag text NOT NULL,
  PRIMARY KEY (event_id, tag)
);

-- Sessions are found by their first and last events, which are tagged.
CREATE INDEX event_tag_by_tag ON ${schema}.event_tag (tag, event_id);

CREATE TABLE ${schema}.snapshot (
  persistence_id text NOT NULL,
  sequence_number bigint NOT NULL,
  created bigint NOT NULL,
  snapshot_ser_id integer NOT NULL,
  snapshot_ser_manifest text NOT NULL,
  snapshot_payload bytea NOT NULL,
  meta_ser_id integer,
  meta_ser_manifest text,
  meta_payload bytea,
  PRIMARY KEY (persistence_id, sequence_number)
);

-- The output of jobs, in chunks of at most 64 KiB. A bucket holds the chunks that begin in one MiB of a stream's offsets; no
-- chunk reaches beyond its bucket. A chunk is named by both its ends, so that two writers of one stream, which cut it
-- differently, never shorten what the other has stored. A row without bytes says that what lies between its ends was lost at
-- its source or dropped; it is in the bucket of the offset after it. Nobody reads a row after it has expired, and nodes delete it.

CREATE TABLE ${schema}.output_chunks (
  session text NOT NULL,
  job text NOT NULL,
  stream smallint NOT NULL,
  bucket bigint NOT NULL,
  upto bigint NOT NULL,
  start bigint NOT NULL,
  crc integer NOT NULL,
  bytes bytea,
  expires timestamptz,
  PRIMARY KEY (session, job, stream, bucket, upto, start)
);

CREATE INDEX output_chunks_by_expiry ON ${schema}.output_chunks (expires) WHERE expires IS NOT NULL;

-- Which node keeps a session: the last one that took it over. A node writes its events first and looks here before it lets
-- anybody know of them; one that has been replaced finds out in time. The term is written beside each event, so that readers find out, too.

CREATE TABLE ${schema}.session_owners (
  session text PRIMARY KEY,
  owner uuid NOT NULL,
  term bigint NOT NULL
);

-- Which cluster there is on these tables. Whoever begins one writes its name here by compare-and-set; the nodes of an older
-- one see it and end. So there are never two for longer than a few seconds.

CREATE TABLE ${schema}.cluster_founding (
  name text PRIMARY KEY,
  founding uuid NOT NULL,
  founder text NOT NULL
);

-- The nodes that are up: each signs again before its row expires. Nobody begins a cluster while another node is up.

CREATE TABLE ${schema}.cluster_nodes (
  node text PRIMARY KEY,
  until timestamptz NOT NULL
);
