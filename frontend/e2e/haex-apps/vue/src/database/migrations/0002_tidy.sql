DROP TABLE `@@key@@__haex-tasks__scratch`;--> statement-breakpoint
ALTER TABLE `@@key@@__haex-tasks__tasks` ADD `note` text;--> statement-breakpoint
ALTER TABLE `@@key@@__haex-tasks__tasks` DROP COLUMN `priority`;
