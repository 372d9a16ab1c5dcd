CREATE TABLE {{greetings}} (
  id   TEXT PRIMARY KEY,
  text TEXT NOT NULL DEFAULT ''
);
