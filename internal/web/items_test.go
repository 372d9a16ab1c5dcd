package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/capability/storage/storagetest"
)

// TestItemsOverTheAPI goes the way of the page: make, list, open, change,
// delete, have back, delete for good.
func TestItemsOverTheAPI(t *testing.T) {
	c := unlocked(t, Options{})
	id := c.must("items.create", fields{
		"title": "Bank", "username": "ada", "password": "hunter2", "urls": []string{"https://bank.example"}, "tags": []string{"home"},
		"totp": "JBSWY3DPEHPK3PXP", "fields": []fields{{"name": "PIN", "value": "1234", "hidden": true}},
	})["id"]
	list := c.must("items.list", fields{})
	if text := fmt.Sprint(list); !strings.Contains(text, "Bank") || strings.Contains(text, "hunter2") || strings.Contains(text, "1234") || strings.Contains(text, "JBSW") {
		t.Error(text)
	}
	if tags := fmt.Sprint(list["tags"]); tags != "[map[items:1 name:home]]" {
		t.Error(tags)
	}
	item := c.must("items.get", fields{"id": id})["item"].(fields)
	if item["password"] != "hunter2" || !strings.HasPrefix(item["totp"].(string), "otpauth://totp/?") || fmt.Sprint(item["fields"]) != "[map[hidden:true name:PIN value:1234]]" {
		t.Errorf("%v", item)
	}
	if code := c.must("items.code", fields{"id": id}); len(code["code"].(string)) != 6 {
		t.Errorf("%v", code)
	}
	c.must("items.update", fields{"id": id, "password": "other", "totp": ""})
	item = c.must("items.get", fields{"id": id})["item"].(fields)
	if item["password"] != "other" || item["username"] != "ada" || item["totp"] != nil {
		t.Errorf("%v", item)
	}
	if _, code := c.call("items.update", fields{"id": id, "totp": "!"}); code != "items.totp" {
		t.Errorf("%q", code)
	}
	c.must("items.delete", fields{"id": id})
	if deleted := c.must("items.deleted", fields{})["items"].([]any); len(deleted) != 1 {
		t.Errorf("%v", deleted)
	}
	c.must("items.restore", fields{"id": id})
	c.must("items.delete", fields{"id": id})
	c.must("items.remove", fields{"id": id})
	if _, code := c.call("items.restore", fields{"id": id}); code != "items.not_found" {
		t.Errorf("%q", code)
	}
	if p := c.must("items.generate", fields{"length": 20, "lower": true, "upper": true, "digits": true, "symbols": true})["password"].(string); len(p) != 20 {
		t.Errorf("%q", p)
	}
	if _, code := c.call("items.copy", fields{"text": "x"}); code != "capability.unavailable" {
		t.Errorf("%q", code)
	}
	c.must("vault.lock", fields{})
	for _, method := range []string{"items.list", "items.deleted", "accounts.list", "storages.list", "storages.test"} {
		if _, code := c.call(method, fields{}); code != "vault.locked" {
			t.Errorf("%s: %q", method, code)
		}
	}
}

func TestAccountsOverTheAPI(t *testing.T) {
	c := unlocked(t, Options{})
	account := fields{
		"address": "ada@example.com", "name": "Ada", "user": "", "password": "hunter2",
		"imap": fields{"host": "imap.example.com", "port": 993, "security": "tls"}, "smtp": fields{"host": "smtp.example.com", "port": 587, "security": "startTls"},
	}
	account["id"] = c.must("accounts.add", account)["id"]
	account["name"], account["password"] = "Ada B.", ""
	c.must("accounts.change", account)
	list := c.must("accounts.list", fields{})
	if text := fmt.Sprint(list); !strings.Contains(text, "Ada B.") || strings.Contains(text, "hunter2") {
		t.Error(text)
	}
	account["smtp"] = fields{"host": "smtp.example.com", "port": 25, "security": "none"}
	if _, code := c.call("accounts.change", account); code != "items.security" {
		t.Errorf("%q", code)
	}
	c.must("accounts.remove", fields{"id": account["id"]})
	if list := c.must("accounts.list", fields{})["accounts"].([]any); len(list) != 0 {
		t.Errorf("%v", list)
	}
}

func TestStoragesOverTheAPI(t *testing.T) {
	c := unlocked(t, Options{})
	one := storagetest.New(t)
	storage := fields{
		"name": "Backups", "endpoint": one.Endpoint, "bucket": one.Bucket, "pathStyle": true, "accessKey": "AKIDWRONG", "secret": one.Secret,
		"owner": "somebody",
	}
	if _, code := c.call("storages.test", storage); code != "storage.login" {
		t.Errorf("%q", code)
	}
	storage["accessKey"] = one.AccessKey
	c.must("storages.test", storage)
	storage["id"] = c.must("storages.add", storage)["id"]
	storage["name"], storage["secret"] = "Copies", ""
	c.must("storages.change", storage)
	c.must("storages.test", storage) // by the secret that is kept
	list := c.must("storages.list", fields{})
	if text := fmt.Sprint(list); !strings.Contains(text, "Copies") || strings.Contains(text, one.Secret) || strings.Contains(text, "somebody") {
		t.Error(text)
	}
	storage["bucket"] = "another"
	if _, code := c.call("storages.test", storage); code != "storage.no_bucket" {
		t.Errorf("%q", code)
	}
	storage["endpoint"] = "nowhere/at/all"
	if _, code := c.call("storages.change", storage); code != "items.endpoint" {
		t.Errorf("%q", code)
	}
	c.must("storages.share", fields{"id": storage["id"]})
	c.must("storages.remove", fields{"id": storage["id"]})
	if _, code := c.call("storages.test", storage); code != "items.no_storage" {
		t.Errorf("%q", code)
	}
}
