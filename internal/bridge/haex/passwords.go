package haex

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/alcove-vault/alcove/internal/wire"
)

// MethodReplace is the method of Alcove's that makes an item what is given, and
// empties what is left out.
const MethodReplace = "passwords.replace"

// maxMembers is how long a list in a call about an item can be.
const maxMembers = 100

// listPasswords answers what a list has of the items in reach: no secret.
func (t *turn) listPasswords(ctx context.Context) (Result, error) {
	fields, err := t.call(ctx, "passwords.list", nil)
	if err != nil {
		return nil, err
	}
	list, _ := fields["items"].Array()
	out := make([]any, len(list))
	for i, v := range list {
		item, _ := v.Fields()
		out[i] = summary(item)
	}
	return tree(out), nil
}

// readPassword answers all there is of an item.
func (t *turn) readPassword(ctx context.Context) (Result, error) {
	id := t.args.text("itemId")
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, "passwords.get", Params{"id": id})
	if err != nil {
		return nil, err
	}
	item, _ := fields["item"].Fields()
	out := summary(item)
	for _, key := range []string{"password", "note"} {
		addText(out, key, item[key])
	}
	addCodes(out, item["totp"])
	list, _ := item["fields"].Array()
	values := make([]any, len(list))
	for i, v := range list {
		field, _ := v.Fields()
		value := map[string]any{"id": strconv.Itoa(i)}
		addText(value, "key", field["name"])
		addText(value, "value", field["value"])
		values[i] = value
	}
	out["keyValues"] = values
	return tree(out), nil
}

// createPassword answers the new item's id.
func (t *turn) createPassword(ctx context.Context) (Result, error) {
	p := t.itemInput()
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, "passwords.create", p)
	return func(e *wire.Encoder) error { return wire.Raw(e, fields["id"]) }, err
}

// updatePassword makes an item what the input says: what is left out is taken
// away.
func (t *turn) updatePassword(ctx context.Context) (Result, error) {
	p := t.itemInput()
	p["id"] = t.args.text("itemId")
	if t.args.err != nil {
		return nil, t.args.err
	}
	_, err := t.call(ctx, MethodReplace, p)
	return nothing, err
}

func (t *turn) deletePassword(ctx context.Context) (Result, error) {
	id := t.args.text("itemId")
	if t.args.err != nil {
		return nil, t.args.err
	}
	_, err := t.call(ctx, "passwords.delete", Params{"id": id})
	return nothing, err
}

// itemInput reads what an item is to be. At least one tag is among it.
func (t *turn) itemInput() Params {
	input := t.args.inside("input")
	p := Params{"tags": input.texts("tags", maxMembers), "totp": input.codes()}
	for _, key := range []string{"title", "username", "password", "note"} {
		p[key] = input.optionalText(key)
	}
	p["urls"] = []string{}
	if address := input.optionalText("url"); address != "" {
		p["urls"] = []string{address}
	}
	values := []any{}
	for _, v := range input.list("keyValues", maxMembers) {
		fields, ok := v.Fields()
		if !ok {
			input.fail("The argument %q must be a list of objects with key and value.", "keyValues")
			break
		}
		each := &args{fields: fields}
		values = append(values, Params{"name": each.optionalText("key"), "value": each.optionalText("value")})
		input.adopt(each)
	}
	p["fields"] = values
	if len(p["tags"].([]string)) == 0 {
		input.fail("An item needs at least one tag.")
	}
	t.args.adopt(input)
	return p
}

// codes reads what makes one-time codes as an otpauth address. The secret may
// be one already.
func (a *args) codes() string {
	secret := a.optionalText("otpSecret")
	if secret == "" || strings.Contains(secret, "://") {
		return secret
	}
	query := url.Values{"secret": {secret}}
	if digits := a.count("otpDigits", 0); digits > 0 {
		query.Set("digits", strconv.Itoa(digits))
	}
	if period := a.count("otpPeriod", 0); period > 0 {
		query.Set("period", strconv.Itoa(period))
	}
	if algorithm := a.optionalText("otpAlgorithm"); algorithm != "" {
		query.Set("algorithm", algorithm)
	}
	return "otpauth://totp/?" + query.Encode()
}

// summary is what a list has of an item, in this dialect's words.
func summary(item map[string]wire.Value) map[string]any {
	out := map[string]any{"id": item["id"].Any(), "tags": item["tags"].Any()}
	addText(out, "title", item["title"])
	addText(out, "username", item["username"])
	if urls, _ := item["urls"].Array(); len(urls) > 0 {
		addText(out, "url", urls[0])
	}
	addTime(out, "createdAt", item["created"])
	addTime(out, "updatedAt", item["changed"])
	return out
}

// addCodes adds what makes one-time codes, which is an otpauth address in
// Alcove.
func addCodes(to map[string]any, v wire.Value) {
	text, _ := v.Text()
	address, err := url.Parse(text)
	if err != nil || text == "" {
		return
	}
	query := address.Query()
	to["otpSecret"], to["otpAlgorithm"] = query.Get("secret"), query.Get("algorithm")
	for key, from := range map[string]string{"otpDigits": "digits", "otpPeriod": "period"} {
		if n, err := strconv.Atoi(query.Get(from)); err == nil {
			to[key] = n
		}
	}
}
