-- A talk that is rejected after a release stays in it until the next one, like one that is canceled or withdrawn, and
-- pretalx treats the three alike. So do the views and what they were now.
DO $do$
DECLARE
  view_name text;
BEGIN
  FOREACH view_name IN ARRAY ARRAY['greenroom.effective_talks', 'greenroom.effective_slots'] LOOP
    EXECUTE format('CREATE OR REPLACE VIEW %s AS %s', view_name,
      replace(pg_get_viewdef(view_name::regclass), '''withdrawn''::text', '''withdrawn''::text, ''rejected''::text'));
    EXECUTE replace(pg_get_functiondef((view_name || '_as_of(timestamptz, bigint)')::regprocedure),
      '''withdrawn''', '''withdrawn'', ''rejected''');
  END LOOP;
END $do$;
