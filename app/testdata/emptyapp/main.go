// Command emptyapp is the window that Alcove's start and memory are compared
// with: Wails as it comes, one page with one field, nothing else. It prints
// "ready" when the page has been painted.
package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
)

const page = `<!doctype html>
<title>Empty</title>
<h1>Empty</h1>
<input autofocus>
<script>
requestAnimationFrame(() => requestAnimationFrame(() => fetch('/ready', { method: 'POST' })));
</script>
`

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page))
	})
	mux.HandleFunc("POST /ready", func(http.ResponseWriter, *http.Request) { fmt.Println("ready") })
	err := wails.Run(&options.App{
		Title: "Empty", Width: 1180, Height: 760,
		AssetServer: &assetserver.Options{Handler: mux},
		Linux:       &linux.Options{WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
