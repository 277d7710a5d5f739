DROP INDEX "greenroom"."overrides_entity";--> statement-breakpoint
DROP INDEX "greenroom"."sync_runs_conference";--> statement-breakpoint
CREATE INDEX "sync_runs_newest" ON "greenroom"."sync_runs" USING btree ("conference_id","requested_at" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "sync_runs_newest_success" ON "greenroom"."sync_runs" USING btree ("conference_id","requested_at" DESC NULLS FIRST) WHERE state = 'succeeded';