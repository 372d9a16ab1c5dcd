package external

import (
	"context"
	"encoding/json"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

var errTime = fault.New("external.deadline", "The app did not answer within 40 seconds. Ask again.")

// request opens a request and lets an extension answer it. It reports whether
// the connection goes on.
func (c *conn) request(ctx context.Context, m message) bool {
	c.mu.Lock()
	client, key, own, greeted := c.client, c.key, c.own, c.greeted
	c.mu.Unlock()
	if !greeted || m.ClientID != client.ID || !c.server.clients.standing(client).authorized {
		c.fail(ctx, codeUnauthorized, "The person has not allowed this program to ask an app.")
		return true
	}
	payload, once, err := open(own, key.form, sealed{Public: m.Key, IV: m.IV, Text: m.Text})
	if err != nil {
		c.fail(ctx, codeDecryption, "The message does not open with the key of this connection.")
		return true
	}
	c.mu.Lock()
	again, full := c.seen[once], len(c.seen) >= maxRequests
	c.seen[once] = true
	c.mu.Unlock()
	switch {
	case again:
		c.fail(ctx, codeReplayed, "This message was sent before. Seal each with a key of its own.")
		return true
	case full:
		c.fail(ctx, codeTooMany, "Connect again: this connection has made as many requests as one may.")
		return false
	}
	id, ok := requestID(payload)
	if !ok {
		c.fail(ctx, codeParse, "The sealed message is no object with a requestId.")
		return true
	}
	reply := func(r response) {
		r.RequestID = id
		c.reply(ctx, m.Action, key, r)
	}
	select {
	case c.slots <- struct{}{}:
	default:
		reply(refusal(codeTooMany, "Too many requests at once. Wait for an answer."))
		return true
	}
	c.work.Go(func() {
		defer func() { <-c.slots }()
		reply(c.ask(ctx, m, Request{Client: client, Action: m.Action, Payload: payload}))
	})
	return true
}

// ask puts a request to the extension that it names.
func (c *conn) ask(ctx context.Context, m message, r Request) response {
	id, ok := idOf(m.AppKey, m.AppName)
	if !ok {
		return refusal(codeNotFound, "There is no such app here.")
	}
	kept, decided := c.server.clients.decision(r.Client, id)
	if decided {
		r.Client.Name = kept.Name // the one that the person saw
	}
	if !decided || !kept.Allowed() {
		if c.server.clients.refusals.AllowN(c.server.clients.now(), 1) {
			c.server.apps.Refused(ctx, id, r)
		}
		return refusal(codeDenied, "The person has not allowed this program to ask this app.")
	}
	answer, err := c.wait(ctx, id, r)
	switch {
	case err == nil && len(answer.Data) > maxAnswer:
		return refusal(codeFailed, "The app's answer is too large.")
	case err == nil:
		return response{Success: answer.Success, Data: answer.Data, Error: answer.Error}
	}
	f := fault.Of(err)
	switch f.Code {
	case "extension.not_found", "external.no_requests":
		return refusal(codeNotFound, f.Message)
	case errTime.Code, "peers.not_running":
		return refusal(codeTimeout, f.Message)
	case "external.busy":
		return refusal(codeTooMany, f.Message)
	case fault.CodeInternal:
		c.server.log.Warn("a request of a program failed", "extension", id.String(), "error", err)
	}
	return refusal(codeFailed, f.Message)
}

// wait asks as long as the client stays allowed to, and there is time.
func (c *conn) wait(ctx context.Context, id manifest.ID, r Request) (Answer, error) {
	ctx, done := context.WithTimeoutCause(ctx, answerTime, errTime)
	defer done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan struct{})
	defer close(ended)
	c.work.Go(func() {
		for {
			news := c.server.clients.changes()
			if kept, _ := c.server.clients.decision(r.Client, id); !kept.Allowed() {
				cancel(errTakenBack)
			}
			select {
			case <-news:
			case <-ended:
				return
			case <-ctx.Done():
				return
			}
		}
	})
	return c.server.apps.Ask(ctx, id, r)
}

var errTakenBack = fault.New("external.taken_back", "The person took back that this program may ask this app. They are asked when it connects again.")

func refusal(code, sentence string) response { return response{Code: code, Error: sentence} }

// reply seals an answer for the client.
func (c *conn) reply(ctx context.Context, action string, to publicKey, r response) {
	plain, err := json.Marshal(r)
	if err != nil {
		c.server.log.Error("an answer to a program could not be written", "error", err)
		return
	}
	text, err := seal(to, plain)
	if err != nil {
		c.server.log.Error("an answer to a program could not be sealed", "error", err)
		return
	}
	c.send(ctx, envelope{typeResponse, action, text.Text, text.IV, "", text.Public})
}

// requestID is how a client tells its requests apart.
func requestID(payload []byte) (string, bool) {
	var p struct {
		ID string `json:"requestId"`
	}
	if bounded(payload) != nil || json.Unmarshal(payload, &p) != nil {
		return "", false
	}
	return p.ID, p.ID != "" && len(p.ID) <= maxID
}
