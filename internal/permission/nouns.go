package permission

import "strings"

// filesOf puts a file target into words: "files in Documents/Reports". Deep
// says that folders inside count too, home that it is the home folder.
func (t texts) filesOf(target string) (noun string, deep, home bool) {
	if target == "*" || target == "/*" {
		return t.say("path.all"), true, true
	}
	parts := strings.Split(target, "/")
	token := strings.Trim(parts[0], "{}")
	if name, known := t["token."+strings.ToLower(token)]; known {
		parts[0] = name
	} else {
		parts[0] = token
	}
	inHome := token == "home"
	if inHome && len(parts) > 1 {
		parts[0] = "~"
	}
	last := len(parts) - 1
	deep = strings.Contains(target, "**")
	for last > 1 && parts[last] == "**" && parts[last-1] == "**" {
		last--
	}
	switch {
	case inHome && (last == 0 || last == 1 && strings.Contains(parts[1], "*")):
		return t.say("path.home"), true, true
	case last == 0:
		return t.say("path.folder", "folder", parts[0]), true, false
	case (parts[last] == "*" || parts[last] == "**") && !strings.Contains(strings.Join(parts[:last], ""), "*"):
		return t.say("path.folder", "folder", strings.Join(parts[:last], "/")), deep, false
	case strings.Contains(target, "*"):
		return t.say("path.some", "file", strings.Join(parts, "/")), deep, false
	default:
		return t.say("path.file", "file", strings.Join(parts, "/")), false, false
	}
}

// tablesOf puts a table target into words: "the table “items” of the app
// passwords (key 1f0c…)".
func (t texts) tablesOf(target string) string {
	begin, open := strings.CutSuffix(target, "*")
	parts := strings.SplitN(begin, "__", 3)
	switch {
	case open && begin == "":
		return t.say("tables.all")
	case len(parts) == 1:
		return t.say("tables.app", "app", t.say("app.any.by", "key", shortKey(parts[0])))
	case len(parts) == 2 && parts[1] == "":
		return t.say("tables.app", "app", t.say("app.any.by", "key", shortKey(parts[0])))
	case len(parts) == 2:
		return t.say("tables.names", "name", parts[1], "key", shortKey(parts[0]))
	}
	app := t.say("app.one", "name", parts[1], "key", shortKey(parts[0]))
	switch {
	case open && parts[2] == "":
		return t.say("tables.app", "app", app)
	case open:
		return t.say("tables.some", "app", app, "table", parts[2])
	default:
		return t.say("tables.one", "app", app, "table", parts[2])
	}
}

// peerOf puts a peer target into words: the method and the app.
func (t texts) peerOf(target string) (method, app string) {
	parts, ok := splitPeer(target)
	if !ok {
		return t.say("method.any"), t.say("app.any")
	}
	method = t.say("method.any")
	if parts[2] != "*" {
		method = t.say("method.one", "method", parts[2])
	}
	switch lineage, name := parts[0], parts[1]; {
	case lineage == "*" && name == "*":
		app = t.say("app.any")
	case lineage == "*":
		app = t.say("app.any.named", "name", name)
	case name == "*":
		app = t.say("app.any.by", "key", shortKey(lineage))
	default:
		app = t.say("app.one", "name", name, "key", shortKey(lineage))
	}
	return method, app
}

func (t texts) programOf(target string) string {
	if target == "" || target == "*" {
		return t.say("program.any")
	}
	return t.say("program.one", "program", target)
}

func (t texts) secretOf(target string) string {
	if target == "" || target == "*" {
		return t.say("secret.any")
	}
	return t.say("secret.one", "secret", target)
}

// itemsOf puts a tag into words: "passwords tagged “work”". A tag is a person's
// word, or that of an app's author.
func (t texts) itemsOf(target string) string {
	if target == "*" {
		return t.say("items.any")
	}
	return t.say("items.tagged", "tag", quote(target))
}

// mailOf puts the host of a mail server into words: "your accounts at
// example.com".
func (t texts) mailOf(target string) string {
	if target == "*" {
		return t.say("mail.any")
	}
	return t.say("mail.at", "host", target)
}

// storageOf puts the place of a storage into words: "your storage at
// s3.example.com (bucket alcove)".
func (t texts) storageOf(target string) string {
	host, bucket := storageParts(target)
	if host == "" {
		return t.say("storage.any")
	}
	return t.say("storage.at", "host", host, "bucket", bucket)
}

// storageParts are the host of the place of a storage, and the bucket with the
// folder in it. They are "" where the target is no place.
func storageParts(target string) (host, bucket string) {
	_, rest, ok := strings.Cut(target, "://")
	if !ok {
		return "", ""
	}
	host, bucket, _ = strings.Cut(rest, "/")
	return host, bucket
}

// plainStorage reports whether a storage is reached without encryption.
func plainStorage(target string) bool { return strings.HasPrefix(target, "http://") }

// shortKey is the beginning of a publisher's key, enough to tell two apart at
// a glance; the full key stands in the target.
func shortKey(hex string) string {
	if len(hex) <= 8 {
		return hex + "…"
	}
	return hex[:4] + " " + hex[4:8] + "…"
}
