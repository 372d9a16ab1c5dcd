PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_@@key@@__haex-tasks__tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`done` integer DEFAULT false NOT NULL,
	`priority` integer,
	`label` text,
	`created_at` text DEFAULT (CURRENT_TIMESTAMP),
	FOREIGN KEY (`label`) REFERENCES `@@key@@__haex-tasks__labels`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
INSERT INTO `__new_@@key@@__haex-tasks__tasks`("id", "title", "priority", "created_at") SELECT "id", "title", "priority", "created_at" FROM `@@key@@__haex-tasks__tasks`;--> statement-breakpoint
DROP TABLE `@@key@@__haex-tasks__tasks`;--> statement-breakpoint
ALTER TABLE `__new_@@key@@__haex-tasks__tasks` RENAME TO `@@key@@__haex-tasks__tasks`;--> statement-breakpoint
PRAGMA foreign_keys=ON;
