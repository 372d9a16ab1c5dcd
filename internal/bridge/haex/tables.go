package haex

import (
	"context"
	"regexp"
	"strings"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/wire"
)

// MethodAsked is the method of Alcove's that runs statements on tables of other
// extensions which the person is asked about: {statements: [{sql, params}],
// tables: [[action, name]]}. It answers as db.transaction does.
const MethodAsked = "db.asked"

// maxTables is how many tables one call can be asked about.
const maxTables = 16

// fullName finds full names of tables in a statement. It is only a guess what
// the statement is about: the store judges what it does.
var fullName = regexp.MustCompile(`(?i)[0-9a-f]{64}__[a-z][a-z0-9-]*__[a-z0-9_-]+`)

// asked runs statements that have failed, on tables of other extensions that the
// person has not decided about and says yes to. Where there are none it answers
// with what they failed by.
func (t *turn) asked(ctx context.Context, list []any, failed error) (map[string]wire.Value, error) {
	if !has(failed, "db.denied", "db.syntax") {
		return nil, failed
	}
	var tables []any
	known := map[permission.Key]bool{}
	for _, statement := range list {
		for _, key := range t.foreign(statement.(Params)["sql"].(string)) {
			switch t.host.Judge(permission.Call{Key: key}) {
			case permission.Allowed:
			case permission.Ask:
				if !known[key] {
					known[key] = true
					tables = append(tables, []string{key.Action, key.Target})
				}
			default:
				return nil, failed
			}
		}
	}
	if len(tables) == 0 || len(tables) > maxTables {
		return nil, failed
	}
	return t.call(ctx, MethodAsked, Params{"statements": list, "tables": tables})
}

// askedOne is asked for a single statement, and answers its outcome.
func (t *turn) askedOne(ctx context.Context, statement Params, failed error) (map[string]wire.Value, error) {
	fields, err := t.asked(ctx, []any{statement}, failed)
	if err != nil {
		return nil, err
	}
	results, _ := fields["results"].Array()
	if len(results) != 1 {
		return nil, failed
	}
	outcome, _ := results[0].Fields()
	return outcome, nil
}

// foreign is what a statement seems to want of tables of other extensions: to
// write the one that it names first, if it begins like one that writes, and to
// read the others.
func (t *turn) foreign(sql string) (keys []permission.Key) {
	first := "read"
	word, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(sql)), " ")
	switch word {
	case "INSERT", "REPLACE", "UPDATE":
		first = "readWrite"
	case "DELETE":
		first = "delete"
	}
	written := ""
	for i, name := range fullName.FindAllString(sql, maxTables+1) {
		name = strings.ToLower(name)
		action := "read"
		if i == 0 && first != "read" {
			action, written = first, name
		}
		if t.owns(name) || action == "read" && name == written && first == "readWrite" {
			continue
		}
		keys = append(keys, permission.Key{Resource: "db", Action: action, Target: name})
	}
	if first == "delete" && written != "" && !t.owns(written) {
		keys = append(keys, permission.Key{Resource: "db", Action: "read", Target: written}) // of its WHERE
	}
	return keys
}
