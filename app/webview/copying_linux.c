// Who may fill the clipboard. WebKitGTK lets every frame do it once a person has
// clicked in it, and fills the selection that the middle button pastes whenever
// a script selects something; no setting and no policy of a page stops either.
// Both go through one function of GTK in this process, so that function is
// defined here: the program's own comes before a library's. Of what WebKitGTK
// asks it passes on what a person did with the keyboard or the mouse.
#define _GNU_SOURCE
#include "view_linux.h"
#include "_cgo_export.h"

#include <dlfcn.h>
#include <string.h>

enum { FRESH_US = 1000 * 1000 };

typedef gboolean (*SetWithData)(GtkClipboard *, const GtkTargetEntry *, guint, GtkClipboardGetFunc, GtkClipboardClearFunc, gpointer);

// The one view whose pages are watched; NULL until it is.
static AlcoveView *watched;

static gboolean fresh(gint64 at)
{
	return at != 0 && g_get_monotonic_time() - at < FRESH_US;
}

// A dialog of GTK's own, for one, is no page.
static gboolean from_webkit(void *caller)
{
	Dl_info at;
	return dladdr(caller, &at) == 0 || at.dli_fname == NULL || strstr(at.dli_fname, "libwebkit") != NULL;
}

static gboolean person_did(AlcoveView *v, GtkClipboard *c)
{
	gboolean selection = c == gtk_clipboard_get(GDK_SELECTION_PRIMARY);
	if (fresh(selection ? v->selecting : v->copying))
		return TRUE;
	alcoveRefused(v->handle, selection ? "the selection" : "the clipboard");
	return FALSE;
}

__attribute__((noinline)) gboolean gtk_clipboard_set_with_data(GtkClipboard *c, const GtkTargetEntry *targets, guint n, GtkClipboardGetFunc get, GtkClipboardClearFunc clear, gpointer data)
{
	static SetWithData real;
	if (real == NULL)
		real = (SetWithData)dlsym(RTLD_NEXT, "gtk_clipboard_set_with_data");
	if (real == NULL || (watched != NULL && from_webkit(__builtin_return_address(0)) && !person_did(watched, c)))
		return FALSE;
	return real(c, targets, n, get, clear, data);
}

// Notes the keys that copy. WebKitGTK hands a key to the window a second time
// when no page wanted it, which is not a new one.
void alcove_copying_key(AlcoveView *v, GdkEventKey *e, guint key)
{
	guint mods = e->state & gtk_accelerator_get_default_mod_mask();
	gboolean copies = (mods == GDK_CONTROL_MASK && (key == 'c' || key == 'x' || key == GDK_KEY_Insert)) ||
	                  (mods == GDK_SHIFT_MASK && key == GDK_KEY_Delete) || key == GDK_KEY_Copy || key == GDK_KEY_Cut;
	if (!copies || e->send_event != 0 || e->time == v->copy_key)
		return;
	v->copy_key = e->time;
	v->copying = g_get_monotonic_time();
}

// Notes what selects: a button held while the pointer moves, a double click,
// and Shift or Ctrl with a key or a click. One click alone selects nothing.
void alcove_copying_event(AlcoveView *v, GdkEvent *e)
{
	GdkModifierType mods = 0;
	if (e->any.send_event != 0 || !gdk_event_get_state(e, &mods))
		return;
	gboolean widens = (mods & (GDK_SHIFT_MASK | GDK_CONTROL_MASK)) != 0;
	switch (e->type) {
	case GDK_MOTION_NOTIFY:
		if ((mods & GDK_BUTTON1_MASK) == 0)
			return;
		break;
	case GDK_KEY_PRESS:
	case GDK_BUTTON_PRESS:
		if (!widens)
			return;
		break;
	case GDK_2BUTTON_PRESS:
	case GDK_3BUTTON_PRESS:
		break;
	default:
		return;
	}
	v->selecting = g_get_monotonic_time();
}

void alcove_harden_copying(AlcoveView *v, char **failure)
{
	watched = v;
	if (dlsym(RTLD_DEFAULT, "gtk_clipboard_set_with_data") != (void *)gtk_clipboard_set_with_data)
		*failure = g_strdup("the clipboard could not be taken out of the pages' hands");
}
