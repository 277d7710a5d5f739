/** A record, kept by triggers, of what runs and steps did: only what was committed, in the order in which it was done. */
import type { Database } from '../../src/db/client.ts';
import { stepNames } from '../../src/sync/steps.ts';

/** Begins it. An entry gets its number while its run's row is locked, so numbers of one run are in its true order. */
export async function keepRecord(database: Database): Promise<void> {
  await database.sql.unsafe(`
    create table public.record (id bigint generated always as identity primary key,
      at timestamptz not null default clock_timestamp(), conference bigint, run uuid, kind text, value text, flow int);
    create function public.record_state() returns trigger language plpgsql as $$ begin
      insert into public.record (conference, run, kind, value, flow)
        values (new.conference_id, new.id, 'state', new.state, new.flow);
      return null;
    end $$;
    create function public.record_step() returns trigger language plpgsql as $$ begin
      insert into public.record (conference, run, kind, value, flow)
        select conference_id, id, 'step', new.step, flow from greenroom.sync_runs where id = new.run_id;
      return null;
    end $$;
    create trigger record_insert after insert on greenroom.sync_runs for each row execute function public.record_state();
    create trigger record_update after update on greenroom.sync_runs for each row
      when (old.state is distinct from new.state) execute function public.record_state();
    create trigger record_step after insert on greenroom.sync_steps for each row execute function public.record_step();`);
}

interface Entry {
  conference: number;
  run: string;
  kind: 'state' | 'step';
  value: string;
}

/** Where the record shows two runs of one conference at once, or a step out of its order or of its run's time. */
export async function faultsOfRecord(database: Database): Promise<string[]> {
  const entries = await database.sql<Entry[]>`
    select conference::int, run::text, kind, value from public.record order by id`;
  const faults: string[] = [];
  const running = new Map<number, string>();
  const lastStep = new Map<string, number>();
  for (const { conference, run, kind, value } of entries) {
    const current = running.get(conference);
    if (kind === 'step') {
      const number = stepNames.indexOf(value as (typeof stepNames)[number]);
      if (current !== run) faults.push(`step ${value} of run ${run} was written while it was not running`);
      if (number <= (lastStep.get(run) ?? -1)) faults.push(`step ${value} of run ${run} is out of order`);
      lastStep.set(run, number);
    } else if (value === 'running') {
      if (current !== undefined) faults.push(`run ${run} began while ${current} was running`);
      running.set(conference, run);
    } else if (current === run) {
      running.delete(conference);
    }
  }
  return faults;
}
