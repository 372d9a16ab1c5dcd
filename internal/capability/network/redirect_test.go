package network

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestHostileRedirectsAreRefused(t *testing.T) {
	w := newWorld(t)
	w.http("other.example", func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") })
	w.http("good.example", hello)
	w.name("inner.example", "10.0.0.7")
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		location := r.URL.Query().Get("to")
		switch location {
		case "loop":
			location = "/?to=loop"
		case "chain":
			location = "/?to=/%3Fto=/%253Fto=http://127.0.0.1/"
		}
		rw.Header().Set("Location", location)
		rw.WriteHeader(http.StatusFound)
	})
	w.https("safe.example", redirectTo(http.StatusFound, "http://good.example/"))
	policy := only("http://a.example/", "https://safe.example/", "http://good.example/", "http://127.0.0.1/", "http://inner.example/", "http://[::1]/", "http://localhost/")
	for to, want := range map[string]string{
		"http://127.0.0.1/":                     "net.private_refused",
		"http://[::1]/":                         "net.private_refused",
		"http://localhost/":                     "net.private_refused",
		"http://inner.example/":                 "net.private_refused",
		"//127.0.0.1/":                          "net.private_refused",
		"HTTP://127.0.0.1.:80/#x":               "net.private_refused",
		"http://other.example/":                 "net.test_refused",
		"//other.example/":                      "net.test_refused",
		"http://good.example:8080/":             "net.test_refused",
		"http://good.example.other.example/":    "net.test_refused",
		"https://good.example/":                 "net.test_refused",
		"http://good.example@other.example/":    "net.redirect_refused",
		"http://good.example\\@other.example/":  "net.redirect_refused",
		"/\\other.example/":                     "net.redirect_refused",
		"http://2130706433/":                    "net.redirect_refused",
		"http://0x7f.1/":                        "net.redirect_refused",
		"http://[::ffff:127.0.0.1]/":            "net.redirect_refused",
		"http://good.ex\u0430mple/":             "net.redirect_refused",
		"http://good.example:22/":               "net.redirect_refused",
		"file:///etc/passwd":                    "net.redirect_refused",
		"data:text/plain,hello":                 "net.redirect_refused",
		"javascript:1":                          "net.redirect_refused",
		"ws://good.example/":                    "net.redirect_refused",
		"gopher://good.example/":                "net.redirect_refused",
		"http:good.example/":                    "net.redirect_refused",
		"http://":                               "net.redirect_refused",
		"loop":                                  "net.redirects",
		"chain":                                 "net.private_refused",
		"http://good.example/#http://127.0.0.1": "",
		"http://good.example/a b":               "",
		"/../../?to=http://good.example/":       "",
		"//good.example?x=//127.0.0.1/":         "",
	} {
		answer, text, err := w.fetch(policy, "http://a.example/?to="+strings.NewReplacer("#", "%23", " ", "%20", "&", "%26", "\\", "%5C").Replace(to))
		if code(t, err) != want {
			t.Errorf("to %q: %v", to, err)
		}
		if want == "" && (text != "hello" || !answer.Redirected || !strings.HasPrefix(answer.URL, "http://good.example/")) {
			t.Errorf("to %q: %q from %s", to, text, answer.URL)
		}
		if w.secret.Load() != 0 {
			t.Fatalf("to %q: the request arrived", to)
		}
	}
	if _, _, err := w.fetch(policy, "https://safe.example/"); code(t, err) != "net.redirect_refused" {
		t.Errorf("from https to http: %v", err)
	}
	policy.Private = everywhere.Private
	if _, text, err := w.fetch(policy, "http://a.example/?to=http://127.0.0.1/"); text != "secret" || err != nil {
		t.Errorf("with the grant: %q, %v", text, err)
	}
}

func TestRedirectModes(t *testing.T) {
	w := newWorld(t)
	w.http("a.example", redirectTo(http.StatusFound, "http://b.example/"))
	w.http("b.example", hello)
	if _, _, err := w.fetch(anywhere, "http://a.example/", func(r *Request) { r.Redirect = Fail }); code(t, err) != "net.redirect_refused" {
		t.Errorf("error: %v", err)
	}
	answer, _, err := w.fetch(anywhere, "http://a.example/", func(r *Request) { r.Redirect = Manual })
	if err != nil || answer.Status != http.StatusFound || answer.Redirected {
		t.Errorf("manual: %+v, %v", answer, err)
	}
	if _, _, err := w.fetch(anywhere, "http://a.example/", func(r *Request) { r.Redirect = "never" }); code(t, err) != "net.request" {
		t.Errorf("an unknown mode: %v", err)
	}
	if answer := w.must(anywhere, "http://a.example/", "hello"); !answer.Redirected || answer.URL != "http://b.example/" {
		t.Errorf("follow: %+v", answer)
	}
}

// What a redirect does to the request is that of the Fetch Standard.
func TestRedirectsRewriteTheRequest(t *testing.T) {
	w := newWorld(t)
	seen := func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(rw, "%s %q auth=%q type=%q key=%q ref=%q", r.Method, body, r.Header.Get("Authorization"),
			r.Header.Get("Content-Type"), r.Header.Get("X-Key"), r.Header.Get("Referer"))
	}
	bounce := func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			seen(rw, r)
			return
		}
		var status int
		fmt.Sscanf(r.URL.Path, "/%d", &status)
		redirectTo(status, r.URL.RawQuery)(rw, r)
	}
	w.http("a.example", bounce)
	w.http("b.example", bounce)
	for _, test := range []struct{ method, url, want string }{
		{"POST", "/301?/end", `GET "" auth="t" type="" key="k" ref=""`},
		{"POST", "/302?/end", `GET "" auth="t" type="" key="k" ref=""`},
		{"PUT", "/302?/end", `PUT "body" auth="t" type="text/x" key="k" ref=""`},
		{"POST", "/303?/end", `GET "" auth="t" type="" key="k" ref=""`},
		{"PUT", "/303?/end", `GET "" auth="t" type="" key="k" ref=""`},
		{"POST", "/307?/end", `POST "body" auth="t" type="text/x" key="k" ref=""`},
		{"PATCH", "/308?/end", `PATCH "body" auth="t" type="text/x" key="k" ref=""`},
		{"POST", "/307?http://b.example/end", `POST "body" auth="" type="text/x" key="k" ref=""`},
		{"POST", "/307?http://b.example/307?http://a.example/end", `POST "body" auth="" type="text/x" key="k" ref=""`},
		{"GET", "/301?/end", `GET "" auth="t" type="text/x" key="k" ref=""`},
	} {
		_, text, err := w.fetch(anywhere, "http://a.example"+test.url, func(r *Request) {
			r.Method = test.method
			r.Headers = []Header{{"authorization", "t"}, {"content-type", "text/x"}, {"x-key", "k"}}
			if test.method != "GET" {
				r.Body = []byte("body")
			}
		})
		if err != nil || text != test.want {
			t.Errorf("%s %s: %s, %v", test.method, test.url, text, err)
		}
	}
}

// A redirect is judged with the method it turns into.
func TestRedirectsAreJudgedWithTheirMethod(t *testing.T) {
	w := newWorld(t)
	w.http("a.example", redirectTo(http.StatusTemporaryRedirect, "http://b.example/"))
	w.http("b.example", func(http.ResponseWriter, *http.Request) { t.Error("the request arrived") })
	var asked []string
	policy := Policy{Allow: func(_ context.Context, method, url string) (Terms, error) {
		asked = append(asked, method+" "+url)
		if strings.HasPrefix(url, "http://b.") && method != "GET" {
			return Terms{}, fault.New("permission.denied", "no")
		}
		return Terms{}, nil
	}}
	_, _, err := w.fetch(policy, "http://a.example/", func(r *Request) { r.Method = "post" })
	if code(t, err) != "permission.denied" || strings.Join(asked, ", ") != "POST http://a.example/, POST http://b.example/" {
		t.Errorf("%v, %v", asked, err)
	}
}
