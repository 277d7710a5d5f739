-- What a website reads: the mirror without what upstream removed, with the overrides applied. Each of these is written
-- once and made twice, as a view effective_… on the live tables and as a function effective_…_as_of(at, conference) on
-- a past time. In a body, {talks} is a table and {{overrides_by_key}} another one of these.
-- The functions go without nested loops: the past of a table has no statistics, and one that is taken for small is
-- read again for every row of another.
CREATE FUNCTION greenroom.effective_define(name text, body text) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  EXECUTE format('CREATE VIEW greenroom.%I AS %s', name, regexp_replace(body, '\{+(\w+)\}+', 'greenroom.\1', 'g'));
  body := regexp_replace(body, '\{\{(\w+)\}\}', 'greenroom.\1_as_of(at, conference)', 'g');
  body := regexp_replace(body, '\{(\w+)\}', 'greenroom.\1_as_of(at)', 'g');
  EXECUTE format('CREATE FUNCTION greenroom.%I(at timestamptz, conference bigint) RETURNS SETOF greenroom.%I LANGUAGE sql STABLE '
    || 'SET enable_nestloop = off SET jit = off AS $as_of$ SELECT * FROM (%s) e WHERE e.conference_id = conference $as_of$',
    name || '_as_of', name, body);
END $fn$;
--> statement-breakpoint
-- All overrides of a thing in one row, so that the views below join them once (a hash join) instead of once a field.
SELECT greenroom.effective_define('overrides_by_key', $body$
  SELECT conference_id, entity, key, jsonb_object_agg(field, value) AS fields, max(set_at) AS set_at
    FROM {overrides} o
   GROUP BY conference_id, entity, key
$body$);
--> statement-breakpoint
-- An overridden text has no translations: its …_i18n is null.
SELECT greenroom.effective_define('effective_rooms', $body$
  SELECT r.id, r.conference_id, r.pretalx_id,
         CASE WHEN o.fields ? 'name' THEN o.fields ->> 'name' ELSE r.name END AS name,
         CASE WHEN o.fields ? 'name' THEN NULL ELSE r.name_i18n END AS name_i18n,
         CASE WHEN o.fields ? 'description' THEN o.fields ->> 'description' ELSE r.description END AS description,
         CASE WHEN o.fields ? 'description' THEN NULL ELSE r.description_i18n END AS description_i18n,
         CASE WHEN o.fields ? 'capacity' THEN (o.fields ->> 'capacity')::integer ELSE r.capacity END AS capacity,
         r.position, r.guid, r.content_hash, r.created_at, GREATEST(r.changed_at, o.set_at) AS changed_at
    FROM {rooms} r
    LEFT JOIN {{overrides_by_key}} o
           ON o.conference_id = r.conference_id AND o.entity = 'room' AND o.key = r.pretalx_id::text
   WHERE r.removed_at IS NULL
$body$);
--> statement-breakpoint
-- A room is named by its pretalx id. An overridden track keeps its link where a track of that name exists.
SELECT greenroom.effective_define('effective_talks', $body$
  SELECT t.id, t.conference_id, t.pretalx_code,
         CASE WHEN o.fields ? 'title' THEN o.fields ->> 'title' ELSE t.title END AS title,
         CASE WHEN o.fields ? 'abstract' THEN o.fields ->> 'abstract' ELSE t.abstract END AS abstract,
         CASE WHEN o.fields ? 'description' THEN o.fields ->> 'description' ELSE t.description END AS description,
         t.submission_type, t.submission_type_id,
         CASE WHEN o.fields ? 'track' THEN o.fields ->> 'track' ELSE t.track END AS track,
         CASE WHEN o.fields ? 'track'
              THEN (SELECT min(k.id) FROM {tracks} k
                     WHERE k.conference_id = t.conference_id AND k.name = o.fields ->> 'track' AND k.removed_at IS NULL)
              ELSE t.track_id END AS track_id,
         CASE WHEN o.fields ? 'tags'
              THEN ARRAY(SELECT jsonb_array_elements_text(CASE jsonb_typeof(o.fields -> 'tags') WHEN 'array' THEN o.fields -> 'tags' END))
              ELSE t.tags END AS tags,
         t.duration, shown.state, t.content_locale, t.do_not_record, t.is_featured, t.image_url,
         CASE WHEN o.fields ? 'room' THEN r.id ELSE t.room_id END AS room_id,
         CASE WHEN o.fields ? 'slot_start' THEN (o.fields ->> 'slot_start')::timestamptz ELSE t.slot_start END AS slot_start,
         CASE WHEN o.fields ? 'slot_end' THEN (o.fields ->> 'slot_end')::timestamptz ELSE t.slot_end END AS slot_end,
         t.placed_by,
         COALESCE((o.fields ->> 'is_cancelled')::boolean, shown.state IN ('canceled', 'withdrawn')) AS is_cancelled,
         t.content_hash, t.created_at, GREATEST(t.changed_at, o.set_at) AS changed_at
    FROM {talks} t
    LEFT JOIN {{overrides_by_key}} o
           ON o.conference_id = t.conference_id AND o.entity = 'talk' AND o.key = t.pretalx_code
    LEFT JOIN {rooms} r ON r.conference_id = t.conference_id AND r.pretalx_id = (o.fields ->> 'room')::bigint
    CROSS JOIN LATERAL (SELECT CASE WHEN o.fields ? 'state' THEN o.fields ->> 'state' ELSE t.state END AS state) shown
   WHERE t.removed_at IS NULL
$body$);
--> statement-breakpoint
-- Only the speakers of effective talks: upstream also lists people whose proposals were never accepted.
SELECT greenroom.effective_define('effective_speakers', $body$
  SELECT s.id, s.conference_id, s.pretalx_code,
         CASE WHEN o.fields ? 'name' THEN o.fields ->> 'name' ELSE s.name END AS name,
         CASE WHEN o.fields ? 'biography' THEN o.fields ->> 'biography' ELSE s.biography END AS biography,
         CASE WHEN o.fields ? 'avatar_url' THEN o.fields ->> 'avatar_url' ELSE s.avatar_url END AS avatar_url,
         CASE WHEN o.fields ? 'email' THEN o.fields ->> 'email' ELSE s.email END AS email,
         s.user_id, s.content_hash, s.created_at, GREATEST(s.changed_at, o.set_at) AS changed_at
    FROM {speakers} s
    LEFT JOIN {{overrides_by_key}} o
           ON o.conference_id = s.conference_id AND o.entity = 'speaker' AND o.key = s.pretalx_code
   WHERE s.removed_at IS NULL
     AND EXISTS (SELECT FROM {talk_speakers} ts JOIN {talks} t ON t.id = ts.talk_id
                  WHERE ts.speaker_id = s.id AND t.removed_at IS NULL)
$body$);
--> statement-breakpoint
-- The slot that places a talk whose room or time is overridden: its first visible one, the one that shows them.
SELECT greenroom.effective_define('overridden_placements', $body$
  SELECT DISTINCT ON (s.conference_id, s.talk_id) s.conference_id, s.id AS slot_id, o.fields
    FROM (SELECT conference_id, key, jsonb_object_agg(field, value) AS fields
            FROM {overrides} o
           WHERE entity = 'talk' AND field IN ('room', 'slot_start', 'slot_end')
           GROUP BY conference_id, key) o
    JOIN {talks} t ON t.conference_id = o.conference_id AND t.pretalx_code = o.key
    JOIN {schedule_slots} s ON s.conference_id = t.conference_id AND s.talk_id = t.id AND s.is_visible
   ORDER BY s.conference_id, s.talk_id, s.start_at, s.slot_key
$body$);
--> statement-breakpoint
-- A slot's own override wins over its talk's; a slot with a title of its own keeps it. An override that takes the times
-- away takes the slot off the timetable.
SELECT greenroom.effective_define('effective_slots', $body$
  SELECT * FROM (
    SELECT s.id, s.conference_id, s.slot_key, s.talk_id, s.submission_code,
           CASE WHEN o.fields ? 'room' OR p.fields ? 'room' THEN r.id ELSE s.room_id END AS room_id,
           CASE WHEN o.fields ? 'title' THEN o.fields ->> 'title'
                WHEN t.fields ? 'title' AND (s.title_i18n IS NULL OR s.title = t.title) THEN t.fields ->> 'title'
                ELSE s.title END AS title,
           CASE WHEN o.fields ? 'title' OR (t.fields ? 'title' AND (s.title_i18n IS NULL OR s.title = t.title)) THEN NULL ELSE s.title_i18n END AS title_i18n,
           CASE WHEN o.fields ? 'start_at' THEN (o.fields ->> 'start_at')::timestamptz
                WHEN p.fields ? 'slot_start' THEN (p.fields ->> 'slot_start')::timestamptz
                ELSE s.start_at END AS start_at,
           CASE WHEN o.fields ? 'end_at' THEN (o.fields ->> 'end_at')::timestamptz
                WHEN p.fields ? 'slot_end' THEN (p.fields ->> 'slot_end')::timestamptz
                ELSE s.end_at END AS end_at,
           s.slot_type, s.is_visible,
           COALESCE((t.fields ->> 'is_cancelled')::boolean,
                    CASE WHEN t.fields ? 'state' THEN t.fields ->> 'state' ELSE t.state END IN ('canceled', 'withdrawn'),
                    false) AS is_cancelled,
           s.content_hash, s.created_at, GREATEST(s.changed_at, o.set_at, t.set_at) AS changed_at
      FROM {schedule_slots} s
      LEFT JOIN {{overrides_by_key}} o
             ON o.conference_id = s.conference_id AND o.entity = 'slot' AND o.key = s.slot_key
      LEFT JOIN (SELECT t.id, t.conference_id, t.title, t.state, b.fields, b.set_at
                   FROM {talks} t
                   LEFT JOIN {{overrides_by_key}} b
                          ON b.conference_id = t.conference_id AND b.entity = 'talk' AND b.key = t.pretalx_code) t
             ON t.conference_id = s.conference_id AND t.id = s.talk_id
      LEFT JOIN {{overridden_placements}} p ON p.conference_id = s.conference_id AND p.slot_id = s.id
      LEFT JOIN {rooms} r
             ON r.conference_id = s.conference_id
            AND r.pretalx_id = (CASE WHEN o.fields ? 'room' THEN o.fields ELSE p.fields END ->> 'room')::bigint
     WHERE s.is_visible) shown
   WHERE shown.start_at IS NOT NULL AND shown.end_at IS NOT NULL
$body$);
--> statement-breakpoint
-- Conferences have no versions; which release was shown when is all that a past export needs of them.
CREATE FUNCTION greenroom.note_release() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  INSERT INTO greenroom.releases (conference_id, since, version) VALUES (NEW.id, clock_timestamp(), NEW.released_version)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $fn$;
--> statement-breakpoint
CREATE TRIGGER note_release AFTER UPDATE OF released_version ON greenroom.conferences
  FOR EACH ROW WHEN (OLD.released_version IS DISTINCT FROM NEW.released_version)
  EXECUTE FUNCTION greenroom.note_release();
