package app

import (
	"log/slog"
	"net/http"
)

// local stands in until internal/web is there.
type local struct {
	http.Handler
	beats chan struct{}
}

func newSite(o Options) site {
	l := &local{beats: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(o.Assets))
	mux.HandleFunc("POST /_host/beat", func(w http.ResponseWriter, r *http.Request) {
		select {
		case l.beats <- struct{}{}:
		default:
		}
	})
	l.Handler = mux
	return l
}

func (l *local) NewToken() string             { return "local" }
func (l *local) AllowExtensions()             {}
func (l *local) Beats() <-chan struct{}       { return l.beats }
func (l *local) PostBrief(kind string, _ any) { slog.Info("event", "kind", kind) }
func (l *local) Close()                       {}
