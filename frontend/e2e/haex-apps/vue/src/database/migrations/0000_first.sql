CREATE TABLE IF NOT EXISTS `@@key@@__haex-tasks__tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`priority` integer,
	`created_at` text DEFAULT (CURRENT_TIMESTAMP)
);
--> statement-breakpoint
CREATE TABLE `@@key@@__haex-tasks__labels` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `@@key@@__haex-tasks__labels_name` ON `@@key@@__haex-tasks__labels` (`name`);--> statement-breakpoint
CREATE TABLE `@@key@@__haex-tasks__scratch` (
	`id` text PRIMARY KEY NOT NULL
);
