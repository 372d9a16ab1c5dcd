package items

import (
	"encoding/json"
	"fmt"
)

// Rows may come from another device, whose Alcove may be newer or may lie.
// What does not read as it should counts as left out.

// columns are all of an item, with the types that are read.
const columns = `id, CAST(title AS TEXT), CAST(username AS TEXT), CAST(password AS TEXT), CAST(urls AS TEXT), CAST(note AS TEXT),
	CAST(tags AS TEXT), CAST(totp AS TEXT), CAST(fields AS TEXT), CAST(created_at AS INTEGER), CAST(changed_at AS INTEGER), CAST(deleted_at AS INTEGER)`

// scanItem reads a row of columns.
func scanItem(scan func(...any) error) (Item, error) {
	var i Item
	var urls, tags, totp, fields string
	if err := scan(&i.ID, &i.Title, &i.Username, &i.Password, &urls, &i.Note, &tags, &totp, &fields, &i.Created, &i.Changed, &i.Deleted); err != nil {
		return Item{}, fmt.Errorf("read an item: %w", err)
	}
	i.URLs, i.Tags, i.Fields = readList[string](urls, MaxURLs), readTags(tags), readList[Field](fields, MaxFields)
	if t, err := ParseTOTP(totp); err == nil {
		i.TOTP = t
	}
	return i, nil
}

// summary leaves out what opens anything.
func (i *Item) summary() Summary {
	return Summary{
		ID: i.ID, Title: i.Title, Username: i.Username, URLs: i.URLs, Tags: i.Tags,
		HasPassword: i.Password != "", HasTOTP: i.TOTP != nil, HasNote: i.Note != "", Fields: len(i.Fields),
		Created: i.Created, Changed: i.Changed, Deleted: i.Deleted,
	}
}

// readTags reads tags as they have to be: a device that lies about their form
// must not get past a rule about them.
func readTags(text string) []string {
	tags, err := CleanTags(readList[string](text, MaxTags))
	if err != nil {
		return []string{}
	}
	return tags
}

func readList[T any](text string, limit int) []T {
	list := []T{}
	if err := json.Unmarshal([]byte(text), &list); err != nil || list == nil || len(list) > limit {
		return []T{}
	}
	return list
}

// writeList is the JSON of a list. It is never null.
func writeList[T any](list []T) (string, error) {
	if list == nil {
		list = []T{}
	}
	data, err := json.Marshal(list)
	return string(data), err
}
