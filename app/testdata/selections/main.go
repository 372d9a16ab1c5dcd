// Command selections prints as JSON what the display's clipboard holds, and its
// selection that the middle button pastes: {"clipboard": text, "primary": text}.
package main

/*
#cgo pkg-config: gtk+-3.0
#include <gtk/gtk.h>

static char *text(gboolean primary)
{
	return gtk_clipboard_wait_for_text(gtk_clipboard_get(primary ? GDK_SELECTION_PRIMARY : GDK_SELECTION_CLIPBOARD));
}
*/
import "C"

import (
	"encoding/json"
	"os"
)

func main() {
	if C.gtk_init_check(nil, nil) == C.FALSE {
		os.Exit(1)
	}
	held := map[string]string{"clipboard": C.GoString(C.text(C.FALSE)), "primary": C.GoString(C.text(C.TRUE))}
	if err := json.NewEncoder(os.Stdout).Encode(held); err != nil {
		os.Exit(1)
	}
}
