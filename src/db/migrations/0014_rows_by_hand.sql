ALTER TABLE "greenroom"."activities" ALTER COLUMN "content_hash" SET DEFAULT '';--> statement-breakpoint
ALTER TABLE "greenroom"."rooms" ALTER COLUMN "content_hash" SET DEFAULT '';--> statement-breakpoint
ALTER TABLE "greenroom"."rooms" ALTER COLUMN "name_i18n" SET DEFAULT '{}'::jsonb;--> statement-breakpoint
ALTER TABLE "greenroom"."schedule_slots" ALTER COLUMN "content_hash" SET DEFAULT '';--> statement-breakpoint
ALTER TABLE "greenroom"."schedule_slots" ALTER COLUMN "is_visible" SET DEFAULT true;--> statement-breakpoint
ALTER TABLE "greenroom"."speakers" ALTER COLUMN "content_hash" SET DEFAULT '';--> statement-breakpoint
ALTER TABLE "greenroom"."submission_types" ALTER COLUMN "content_hash" SET DEFAULT '';--> statement-breakpoint
ALTER TABLE "greenroom"."submission_types" ALTER COLUMN "name_i18n" SET DEFAULT '{}'::jsonb;--> statement-breakpoint
ALTER TABLE "greenroom"."tags" ALTER COLUMN "content_hash" SET DEFAULT '';--> statement-breakpoint
ALTER TABLE "greenroom"."talks" ALTER COLUMN "content_hash" SET DEFAULT '';--> statement-breakpoint
ALTER TABLE "greenroom"."tracks" ALTER COLUMN "content_hash" SET DEFAULT '';--> statement-breakpoint
ALTER TABLE "greenroom"."tracks" ALTER COLUMN "name_i18n" SET DEFAULT '{}'::jsonb;