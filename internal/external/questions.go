package external

import (
	"context"
	"slices"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// firstQuestion is where questions are counted from: those of apps, which the
// page shows in the same place, are counted from 1.
const firstQuestion = 1 << 52

// Asks reports whether a question of this number is one of these.
func (c *Clients) Asks(id uint64) bool { return id >= firstQuestion }

// question is one client that wants to ask one extension.
type question struct {
	id     uint64
	client Client
	app    manifest.ID
	title  string
	seen   arming.Seen
	busy   bool // an answer is being written down
}

// Question is what the person is asked now.
type Question struct {
	ID      uint64
	Client  Client
	Mark    string // the client's id in groups of four
	App     manifest.ID
	Title   string // of the extension
	Shown   bool   // it is on the screen already
	Waiting int    // how many others wait
}

// ask puts a client and an extension before the person, once.
func (c *Clients) ask(client Client, app manifest.ID, title string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.ContainsFunc(c.questions, func(q *question) bool { return q.client.same(client) && q.app == app }) ||
		len(c.questions) >= maxQuestions || !c.rate.AllowN(c.now(), 1) {
		return
	}
	c.last++
	c.questions = append(c.questions, &question{id: c.last, client: client, app: app, title: title})
	c.tell()
}

// drop takes questions back.
func (c *Clients) drop(which func(*question) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.questions)
	c.questions = slices.DeleteFunc(c.questions, func(q *question) bool { return !q.busy && which(q) })
	if len(c.questions) != before {
		c.changed()
	}
}

// Withdraw takes every question back: no program can connect any more.
func (c *Clients) Withdraw() { c.drop(func(*question) bool { return true }) }

// Question is the one to be shown now, nil if there is none.
func (c *Clients) Question() *Question {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.questions) == 0 {
		return nil
	}
	q := c.questions[0]
	return &Question{
		ID: q.id, Client: q.client, Mark: spaced(q.client.ID), App: q.app, Title: q.title,
		Shown: q.seen.Shown(), Waiting: len(c.questions) - 1,
	}
}

// Shown tells that the page has painted the question. It can be answered after
// arming.Time. Errors: prompt.gone.
func (c *Clients) Shown(id uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.questions) == 0 || c.questions[0].id != id {
		return arming.ErrGone
	}
	c.questions[0].seen.Painted(c.now())
	return nil
}

// Answer does what the person chose: what is allowed is so until the vault is
// locked, or always. What is not stays so until the vault is locked, or until
// the person takes that back.
//
// Errors: prompt.gone, prompt.armed, external.too_many, after which the question
// is still open.
func (c *Clients) Answer(ctx context.Context, id uint64, allow, always bool) error {
	d := Deny
	if allow {
		d = Allow
	}
	q, err := c.claim(id)
	if err != nil {
		return err
	}
	k := Kept{Client: q.client, App: q.app.String(), Decision: d, At: c.now().UnixMilli()}
	err = c.decide(ctx, k, always && allow)
	c.mu.Lock()
	q.busy = false
	if err == nil {
		c.questions = slices.DeleteFunc(c.questions, func(other *question) bool { return other == q })
		c.changed()
	}
	c.mu.Unlock()
	if err == nil {
		c.apps.Decided(ctx, q.app, q.client, d)
	}
	return err
}

func (c *Clients) claim(id uint64) (*question, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.questions) == 0 || c.questions[0].id != id || c.questions[0].busy {
		return nil, arming.ErrGone
	}
	q := c.questions[0]
	if err := q.seen.Check(c.now()); err != nil {
		return nil, err
	}
	q.busy = true
	return q, nil
}
