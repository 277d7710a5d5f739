CREATE SCHEMA IF NOT EXISTS "greenroom";
--> statement-breakpoint
CREATE TABLE "greenroom"."conferences" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."conferences_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"own_name" text,
	"name_i18n" jsonb,
	"pretalx_event_slug" text,
	"base_url" text,
	"locale" text DEFAULT 'en' NOT NULL,
	"locales" text[] DEFAULT '{"en"}' NOT NULL,
	"starts_on" date,
	"ends_on" date,
	"timezone" text DEFAULT 'UTC' NOT NULL,
	"own_timezone" text,
	"token_env" text,
	"webhook_secret_env" text,
	"notify_url" text,
	"notify_secret_env" text,
	"notified_transaction_id" bigint,
	"every" text,
	"next_due_at" timestamp with time zone,
	"paused_at" timestamp with time zone,
	"primary_color" text,
	"released_version" text,
	"released_schedule_id" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "conferences_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."overrides" (
	"conference_id" bigint NOT NULL,
	"entity" text NOT NULL,
	"key" text NOT NULL,
	"field" text NOT NULL,
	"value" jsonb,
	"base_value" jsonb,
	"reason" text,
	"set_by" text NOT NULL,
	"set_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "overrides_conference_id_entity_key_field_pk" PRIMARY KEY("conference_id","entity","key","field")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."submission_type_defaults" (
	"conference_id" bigint NOT NULL,
	"submission_type" text NOT NULL,
	"default_room_id" bigint,
	"default_date" date,
	"default_start_time" time,
	"default_end_time" time,
	CONSTRAINT "submission_type_defaults_conference_id_submission_type_pk" PRIMARY KEY("conference_id","submission_type")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."releases" (
	"conference_id" bigint NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"version" text,
	CONSTRAINT "releases_conference_id_since_pk" PRIMARY KEY("conference_id","since")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."transactions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."transactions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"issued_at" timestamp with time zone NOT NULL,
	"actor" text,
	"remote_addr" text,
	"comment" text,
	"run_id" uuid,
	"conference_id" bigint
);
--> statement-breakpoint
CREATE TABLE "greenroom"."notifications" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."notifications_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conference_id" bigint NOT NULL,
	"webhook_id" text NOT NULL,
	"body" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"first_attempt_at" timestamp with time zone,
	"next_attempt_at" timestamp with time zone,
	"delivered_at" timestamp with time zone,
	"given_up_at" timestamp with time zone,
	"error" text,
	CONSTRAINT "notifications_webhook_id_unique" UNIQUE("webhook_id")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."activities" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."activities_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conference_id" bigint NOT NULL,
	"content_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"submission_type" text NOT NULL,
	"activity_type" text NOT NULL,
	"name" text NOT NULL,
	"slug" text NOT NULL,
	"description" text NOT NULL,
	"start_at" timestamp with time zone,
	"end_at" timestamp with time zone,
	"room_id" bigint,
	CONSTRAINT "activities_key" UNIQUE("conference_id","submission_type"),
	CONSTRAINT "activities_slug" UNIQUE("conference_id","slug")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."activity_talks" (
	"activity_id" bigint NOT NULL,
	"talk_id" bigint NOT NULL,
	CONSTRAINT "activity_talks_activity_id_talk_id_pk" PRIMARY KEY("activity_id","talk_id")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."rooms" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."rooms_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conference_id" bigint NOT NULL,
	"content_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	"pretalx_id" bigint NOT NULL,
	"name" text NOT NULL,
	"name_i18n" jsonb NOT NULL,
	"description" text,
	"description_i18n" jsonb,
	"capacity" integer,
	"position" integer,
	"guid" text,
	CONSTRAINT "rooms_key" UNIQUE("conference_id","pretalx_id")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."schedule_slots" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."schedule_slots_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conference_id" bigint NOT NULL,
	"content_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"slot_key" text NOT NULL,
	"talk_id" bigint,
	"submission_code" text,
	"room_id" bigint,
	"title" text NOT NULL,
	"title_i18n" jsonb,
	"start_at" timestamp with time zone NOT NULL,
	"end_at" timestamp with time zone NOT NULL,
	"slot_type" text NOT NULL,
	"is_visible" boolean NOT NULL,
	CONSTRAINT "schedule_slots_key" UNIQUE("conference_id","slot_key")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."speakers" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."speakers_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conference_id" bigint NOT NULL,
	"content_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	"pretalx_code" text NOT NULL,
	"name" text NOT NULL,
	"biography" text,
	"avatar_url" text,
	"email" text,
	"user_id" text,
	CONSTRAINT "speakers_key" UNIQUE("conference_id","pretalx_code")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."submission_types" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."submission_types_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conference_id" bigint NOT NULL,
	"content_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	"pretalx_id" bigint NOT NULL,
	"name" text NOT NULL,
	"name_i18n" jsonb NOT NULL,
	"default_duration" integer,
	CONSTRAINT "submission_types_key" UNIQUE("conference_id","pretalx_id")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."tags" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."tags_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conference_id" bigint NOT NULL,
	"content_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	"pretalx_id" bigint NOT NULL,
	"name" text NOT NULL,
	"color" text,
	"is_public" boolean,
	CONSTRAINT "tags_key" UNIQUE("conference_id","pretalx_id")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."talk_speakers" (
	"talk_id" bigint NOT NULL,
	"speaker_id" bigint NOT NULL,
	"position" integer NOT NULL,
	CONSTRAINT "talk_speakers_talk_id_speaker_id_pk" PRIMARY KEY("talk_id","speaker_id")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."talks" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."talks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conference_id" bigint NOT NULL,
	"content_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	"pretalx_code" text NOT NULL,
	"title" text NOT NULL,
	"abstract" text,
	"description" text,
	"submission_type" text,
	"submission_type_id" bigint,
	"track" text,
	"track_id" bigint,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"duration" integer,
	"state" text NOT NULL,
	"content_locale" text,
	"do_not_record" boolean,
	"is_featured" boolean,
	"image_url" text,
	"room_id" bigint,
	"slot_start" timestamp with time zone,
	"slot_end" timestamp with time zone,
	"placed_by" text,
	CONSTRAINT "talks_key" UNIQUE("conference_id","pretalx_code")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."tracks" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "greenroom"."tracks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conference_id" bigint NOT NULL,
	"content_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	"pretalx_id" bigint NOT NULL,
	"name" text NOT NULL,
	"name_i18n" jsonb NOT NULL,
	"color" text,
	"position" integer,
	CONSTRAINT "tracks_key" UNIQUE("conference_id","pretalx_id")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."sync_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"conference_id" bigint NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"trigger" text NOT NULL,
	"actor" text,
	"remote_addr" text,
	"comment" text,
	"entities" text[] NOT NULL,
	"allow_removals" boolean DEFAULT false NOT NULL,
	"approved" jsonb,
	"requested_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"flow" integer DEFAULT 0 NOT NULL,
	"heartbeat_at" timestamp with time zone,
	"retry_at" timestamp with time zone,
	"progress" jsonb,
	"result" jsonb,
	"error" jsonb,
	CONSTRAINT "sync_runs_state" CHECK ("greenroom"."sync_runs"."state" in ('queued','running','held','succeeded','failed','rejected','superseded'))
);
--> statement-breakpoint
CREATE TABLE "greenroom"."sync_state" (
	"conference_id" bigint NOT NULL,
	"entity" text NOT NULL,
	"completed_at" timestamp with time zone NOT NULL,
	"run_id" uuid NOT NULL,
	"count" integer NOT NULL,
	"fingerprint" text,
	CONSTRAINT "sync_state_conference_id_entity_pk" PRIMARY KEY("conference_id","entity")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."sync_steps" (
	"run_id" uuid NOT NULL,
	"step" text NOT NULL,
	"done_at" timestamp with time zone DEFAULT now() NOT NULL,
	"duration_ms" integer NOT NULL,
	"outcome" jsonb NOT NULL,
	CONSTRAINT "sync_steps_run_id_step_pk" PRIMARY KEY("run_id","step")
);
--> statement-breakpoint
CREATE TABLE "greenroom"."webhook_deliveries" (
	"conference_id" bigint NOT NULL,
	"delivery_key" text NOT NULL,
	"run_id" uuid NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_deliveries_conference_id_delivery_key_pk" PRIMARY KEY("conference_id","delivery_key")
);
--> statement-breakpoint
ALTER TABLE "greenroom"."overrides" ADD CONSTRAINT "overrides_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."submission_type_defaults" ADD CONSTRAINT "submission_type_defaults_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."submission_type_defaults" ADD CONSTRAINT "submission_type_defaults_default_room_id_rooms_id_fk" FOREIGN KEY ("default_room_id") REFERENCES "greenroom"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."releases" ADD CONSTRAINT "releases_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."transactions" ADD CONSTRAINT "transactions_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."notifications" ADD CONSTRAINT "notifications_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."activities" ADD CONSTRAINT "activities_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."activities" ADD CONSTRAINT "activities_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "greenroom"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."activity_talks" ADD CONSTRAINT "activity_talks_activity_id_activities_id_fk" FOREIGN KEY ("activity_id") REFERENCES "greenroom"."activities"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."activity_talks" ADD CONSTRAINT "activity_talks_talk_id_talks_id_fk" FOREIGN KEY ("talk_id") REFERENCES "greenroom"."talks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."rooms" ADD CONSTRAINT "rooms_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."schedule_slots" ADD CONSTRAINT "schedule_slots_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."schedule_slots" ADD CONSTRAINT "schedule_slots_talk_id_talks_id_fk" FOREIGN KEY ("talk_id") REFERENCES "greenroom"."talks"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."schedule_slots" ADD CONSTRAINT "schedule_slots_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "greenroom"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."speakers" ADD CONSTRAINT "speakers_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."submission_types" ADD CONSTRAINT "submission_types_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."tags" ADD CONSTRAINT "tags_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."talk_speakers" ADD CONSTRAINT "talk_speakers_talk_id_talks_id_fk" FOREIGN KEY ("talk_id") REFERENCES "greenroom"."talks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."talk_speakers" ADD CONSTRAINT "talk_speakers_speaker_id_speakers_id_fk" FOREIGN KEY ("speaker_id") REFERENCES "greenroom"."speakers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."talks" ADD CONSTRAINT "talks_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."talks" ADD CONSTRAINT "talks_submission_type_id_submission_types_id_fk" FOREIGN KEY ("submission_type_id") REFERENCES "greenroom"."submission_types"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."talks" ADD CONSTRAINT "talks_track_id_tracks_id_fk" FOREIGN KEY ("track_id") REFERENCES "greenroom"."tracks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."talks" ADD CONSTRAINT "talks_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "greenroom"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."tracks" ADD CONSTRAINT "tracks_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."sync_runs" ADD CONSTRAINT "sync_runs_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."sync_state" ADD CONSTRAINT "sync_state_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."sync_steps" ADD CONSTRAINT "sync_steps_run_id_sync_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "greenroom"."sync_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "greenroom"."webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_conference_id_conferences_id_fk" FOREIGN KEY ("conference_id") REFERENCES "greenroom"."conferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "overrides_entity" ON "greenroom"."overrides" USING btree ("conference_id","entity");--> statement-breakpoint
CREATE INDEX "transactions_issued" ON "greenroom"."transactions" USING btree ("issued_at");--> statement-breakpoint
CREATE INDEX "transactions_conference" ON "greenroom"."transactions" USING btree ("conference_id","issued_at");--> statement-breakpoint
CREATE INDEX "transactions_conference_id" ON "greenroom"."transactions" USING btree ("conference_id","id");--> statement-breakpoint
CREATE INDEX "transactions_run" ON "greenroom"."transactions" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "notifications_conference" ON "greenroom"."notifications" USING btree ("conference_id","id");--> statement-breakpoint
CREATE INDEX "notifications_pending" ON "greenroom"."notifications" USING btree ("conference_id","id") WHERE delivered_at is null and given_up_at is null;--> statement-breakpoint
CREATE INDEX "activity_talks_talk" ON "greenroom"."activity_talks" USING btree ("talk_id");--> statement-breakpoint
CREATE INDEX "schedule_slots_talk" ON "greenroom"."schedule_slots" USING btree ("talk_id");--> statement-breakpoint
CREATE INDEX "talk_speakers_speaker" ON "greenroom"."talk_speakers" USING btree ("speaker_id");--> statement-breakpoint
CREATE UNIQUE INDEX "sync_runs_one_running" ON "greenroom"."sync_runs" USING btree ("conference_id") WHERE state = 'running';--> statement-breakpoint
CREATE UNIQUE INDEX "sync_runs_one_held" ON "greenroom"."sync_runs" USING btree ("conference_id") WHERE state = 'held';--> statement-breakpoint
CREATE UNIQUE INDEX "sync_runs_one_queued" ON "greenroom"."sync_runs" USING btree ("conference_id") WHERE state = 'queued' and approved is null;--> statement-breakpoint
CREATE INDEX "sync_runs_due" ON "greenroom"."sync_runs" USING btree ("state","requested_at") WHERE state in ('queued','running');--> statement-breakpoint
CREATE INDEX "sync_runs_conference" ON "greenroom"."sync_runs" USING btree ("conference_id","requested_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "webhook_deliveries_received" ON "greenroom"."webhook_deliveries" USING btree ("received_at");