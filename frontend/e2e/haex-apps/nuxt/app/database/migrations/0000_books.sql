CREATE TABLE `@@key@@__haex-reader__books` (
	`id` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL
);
