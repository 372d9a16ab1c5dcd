CREATE TABLE `@@key@@__haex-tasks__words` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `@@key@@__haex-tasks__words` RENAME TO `@@key@@__haex-tasks__tags`;
