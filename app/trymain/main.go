package main

import (
	"fmt"
	"os"
	"testing/fstest"

	"github.com/alcove-vault/alcove/app"
)

func main() {
	app.TryDir = os.Getenv("TRYDIR")
	fmt.Println(app.Run(app.Options{Assets: fstest.MapFS{"index.html": {Data: []byte(`<!doctype html><title>x</title><script src=/assets/a.js></script><body style="background:#dfe"><h1 id=h>Hello</h1><iframe id=f style="width:1100px;height:600px" sandbox="allow-scripts"></iframe>`)},
		"assets/a.js": {Data: []byte(`
document.addEventListener("dragover",e=>e.preventDefault());document.addEventListener("drop",e=>e.preventDefault());
window.go=()=>{const f=document.getElementById('f');f.onload=()=>{ if(window.t)return; window.t=setInterval(()=>{const c=new MessageChannel();c.port1.onmessage=e=>{const d=e.data; if(d.type==='hello'){clearInterval(t);c.port1.postMessage({type:'welcome',context:{}});c.port1.postMessage({type:'activate'})} else if(d instanceof ArrayBuffer){ /* error reply with id 1.. */ window.n=(window.n||0)+1; }};f.contentWindow.postMessage({alcove:1,type:'port'},'*',[c.port2])},200)};f.src='/_ext/SEG/start.html'};`)}},
		Version: "0.1.0"}))
}
