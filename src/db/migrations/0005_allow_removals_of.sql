ALTER TABLE "greenroom"."sync_runs" ADD COLUMN "allow_removals_of" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
UPDATE "greenroom"."sync_runs" SET "allow_removals_of" = "entities" WHERE "allow_removals";
