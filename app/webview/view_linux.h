// What view_linux.go and the C files of this package share.
#ifndef ALCOVE_VIEW_H
#define ALCOVE_VIEW_H

#include <gtk/gtk.h>
#include <stdint.h>
#include <webkit2/webkit2.h>

// Layers that a windowtest build can leave out, so that the tests can prove
// that their detectors notice. Zero leaves nothing out.
enum {
	ALCOVE_SKIP_CHANNEL = 1,
	ALCOVE_SKIP_FEATURES = 2,
	ALCOVE_SKIP_PROXY = 4,
	ALCOVE_SKIP_POLICY = 8,
	ALCOVE_ASK_UNKNOWN = 16, // also asks for a feature no engine has
};

// Not a letter that Ctrl makes, so free for the one key without it.
enum { ALCOVE_KEY_F6 = 0x46 };

typedef struct {
	uintptr_t handle;        // the Go side, a cgo.Handle
	char *start;             // address of the host page, exactly
	char *frames;            // address prefix of extension frames
	unsigned skip;           // ALCOVE_SKIP_*
	int tries;               // looks for the web view so far
	WebKitWebView *view;     // owned by the window
	GtkWindow *window;       // owned by Wails
	char **dropped;          // paths of the drag that is over the window
	GdkDragContext *drag;    // that drag, compared only
	gint64 touched;          // monotonic microseconds of the last report
	gboolean pressed_any;    // pressed is set
	gboolean hears_minimise; // the display tells when the window is minimised
	guint32 pressed;         // the display's time of the last press reported
	guint32 copy_key;        // the display's time of the last key that copies
	gint64 copying;          // monotonic microseconds of that key, 0 = never
	gint64 selecting;        // the same of the last input that can select
} AlcoveView;

AlcoveView *alcove_view_new(uintptr_t handle, const char *start, const char *frames, unsigned skip);
// Before the web view is made: only addresses with this prefix have a body.
void alcove_requests_take_bodies(const char *prefix);
void alcove_view_harden(AlcoveView *v);
void alcove_view_terminate(AlcoveView *v);
void alcove_view_load(AlcoveView *v);
void alcove_view_present(AlcoveView *v);
void alcove_view_cancel_dialogs(AlcoveView *v);
void alcove_clipboard_set(const char *text);
void alcove_clipboard_get(uintptr_t answer);

// Answers NULL or, in *failure, a sentence that the caller frees.
void alcove_harden_requests(char **failure);
void alcove_harden_channel(AlcoveView *v, char **failure);
void alcove_harden_features(AlcoveView *v, char **failure);
void alcove_harden_storage(AlcoveView *v);
void alcove_name_language(AlcoveView *v);
void alcove_harden_proxy(AlcoveView *v);
void alcove_harden_policy(AlcoveView *v);
void alcove_harden_recent_files(void);
void alcove_harden_copying(AlcoveView *v, char **failure);
void alcove_copying_key(AlcoveView *v, GdkEventKey *e, guint key);
void alcove_copying_event(AlcoveView *v, GdkEvent *e);
void alcove_listen(AlcoveView *v);
void alcove_listen_blocked(AlcoveView *v);

#endif
