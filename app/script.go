package app

import (
	"encoding/json"
	"fmt"
)

// Scripts for the host page, run by the web view itself in the top frame. They
// check the address first: nothing is said to a page that is not the host's.

// guarded runs body only in the host page.
func guarded(origin, body string) string {
	return fmt.Sprintf("if(location.origin===%s&&window===top){%s}", quote(origin), body)
}

// tokenScript hands the page its launch token. The page may not be ready, so
// it is also left where the page looks for it first.
func tokenScript(origin, token string) string {
	return guarded(origin, fmt.Sprintf("window.__alcoveToken=%[1]s;window.__alcove?.token?.(%[1]s)", quote(token)))
}

// beatScript has the page give a sign of life. It needs nothing of the page's own
// scripts: what is asked is whether the thread still runs.
func beatScript(origin, token string) string {
	return guarded(origin, fmt.Sprintf(
		`fetch("/_host/beat",{method:"POST",headers:{"X-Alcove-Token":%s}}).catch(()=>{})`, quote(token)))
}

// quote spells s as a JavaScript string; JSON is one since ES2019.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // no string is unspeakable to encoding/json
	}
	return string(b)
}
