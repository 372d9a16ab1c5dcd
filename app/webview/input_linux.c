// What the window sees before any page does: keys, signs of a present person,
// dropped files, and the end of the web process.
#include "view_linux.h"
#include "_cgo_export.h"

#include <string.h>

enum { TOUCH_EVERY_US = 1000 * 1000 };

// A keyboard that writes no Latin letters still has the keys: the letter is
// then looked up in its other groups.
static guint latin(GdkEventKey *e)
{
	guint k = gdk_keyval_to_lower(e->keyval);
	if (k < 0x80 || k >= 0xfe00)
		return k;
	GdkKeymap *map = gdk_keymap_get_for_display(gdk_window_get_display(e->window));
	guint *vals = NULL;
	gint n = 0;
	if (gdk_keymap_get_entries_for_keycode(map, e->hardware_keycode, NULL, &vals, &n)) {
		for (gint i = 0; i < n; i++) {
			guint other = gdk_keyval_to_lower(vals[i]);
			if (other < 0x80) {
				k = other;
				break;
			}
		}
		g_free(vals);
	}
	return k;
}

// One signal on the window itself, connected before GTK passes the key on to
// what has the focus, so no frame can swallow it.
static gboolean on_key(GtkWidget *w, GdkEventKey *e, gpointer data)
{
	(void)w;
	AlcoveView *v = data;
	guint mods = e->state & gtk_accelerator_get_default_mod_mask();
	guint key = latin(e);
	alcove_copying_key(v, e, key);
	if (mods == GDK_CONTROL_MASK && ((key >= 'a' && key <= 'z') || (key >= '0' && key <= '9') || key == GDK_KEY_Tab))
		return alcoveKey(v->handle, key == GDK_KEY_Tab ? '\t' : (int)key) != 0;
	if (mods == 0 && key == GDK_KEY_F6)
		return alcoveKey(v->handle, ALCOVE_KEY_F6) != 0;
	return FALSE;
}

// Keys, buttons and touches that a person just pressed. WebKitGTK hands a key
// that no page wanted to the window a second time, once the page has answered:
// its time tells it from a new one, so that a page that answers late does not
// make an old key look new.
static void pressed(AlcoveView *v, GdkEvent *e)
{
	guint32 at = gdk_event_get_time(e);
	if (e->any.send_event != 0 || (e->type == GDK_KEY_PRESS && e->key.is_modifier))
		return;
	if (v->pressed_any && (gint32)(at - v->pressed) <= 0)
		return;
	v->pressed_any = TRUE;
	v->pressed = at;
	alcovePressed(v->handle);
}

// Every event of the web view: what was pressed, and at most once a second
// that somebody is there.
static gboolean on_event(GtkWidget *w, GdkEvent *e, gpointer data)
{
	(void)w;
	AlcoveView *v = data;
	alcove_copying_event(v, e);
	if (e->type == GDK_KEY_PRESS || e->type == GDK_BUTTON_PRESS || e->type == GDK_TOUCH_BEGIN)
		pressed(v, e);
	switch (e->type) {
	case GDK_KEY_PRESS:
	case GDK_BUTTON_PRESS:
	case GDK_MOTION_NOTIFY:
	case GDK_SCROLL:
	case GDK_TOUCH_BEGIN: {
		gint64 now = g_get_monotonic_time();
		if (e->any.send_event == 0 && now - v->touched >= TOUCH_EVERY_US) {
			v->touched = now;
			alcoveTouched(v->handle);
		}
		break;
	}
	default:
		break;
	}
	return FALSE;
}

static void forget_drop(AlcoveView *v)
{
	g_strfreev(v->dropped);
	v->dropped = NULL;
}

// A drag that began in the web view itself may carry any address a page wrote
// into it; only another program's drag names files.
static void on_drag_data(GtkWidget *w, GdkDragContext *c, gint x, gint y, GtkSelectionData *s, guint info, guint time, gpointer data)
{
	(void)w, (void)x, (void)y, (void)info, (void)time;
	AlcoveView *v = data;
	if (gtk_drag_get_source_widget(c) != NULL || gtk_selection_data_get_target(s) != gdk_atom_intern_static_string("text/uri-list"))
		return;
	char **uris = gtk_selection_data_get_uris(s);
	if (uris == NULL)
		return;
	GPtrArray *paths = g_ptr_array_new();
	for (char **u = uris; *u != NULL; u++) {
		char *path = g_filename_from_uri(*u, NULL, NULL);
		if (path != NULL)
			g_ptr_array_add(paths, path);
	}
	g_ptr_array_add(paths, NULL);
	g_strfreev(uris);
	forget_drop(v);
	v->drag = c;
	v->dropped = (char **)g_ptr_array_free(paths, FALSE);
}

static gboolean on_drag_drop(GtkWidget *w, GdkDragContext *c, gint x, gint y, guint time, gpointer data)
{
	(void)w, (void)x, (void)y, (void)time;
	AlcoveView *v = data;
	if (gtk_drag_get_source_widget(c) == NULL && v->drag == c && v->dropped != NULL)
		for (char **p = v->dropped; *p != NULL; p++)
			alcoveDropped(v->handle, *p);
	forget_drop(v);
	return FALSE;
}

static void on_terminated(WebKitWebView *w, WebKitWebProcessTerminationReason r, gpointer data)
{
	(void)w;
	alcoveTerminated(((AlcoveView *)data)->handle, r == WEBKIT_WEB_PROCESS_TERMINATED_BY_API);
}

static gboolean on_window_state(GtkWidget *w, GdkEventWindowState *e, gpointer data)
{
	(void)w;
	if (e->changed_mask & e->new_window_state & GDK_WINDOW_STATE_ICONIFIED)
		alcoveMinimised(((AlcoveView *)data)->handle);
	return FALSE;
}

void alcove_listen(AlcoveView *v)
{
	// Only X11 tells a window that it was minimised; Wayland tells nobody.
	GdkDisplay *display = gtk_widget_get_display(GTK_WIDGET(v->window));
	v->hears_minimise = strcmp(G_OBJECT_TYPE_NAME(display), "GdkX11Display") == 0;
	g_signal_connect(v->window, "window-state-event", G_CALLBACK(on_window_state), v);
	g_signal_connect(v->window, "key-press-event", G_CALLBACK(on_key), v);
	g_signal_connect(v->view, "event", G_CALLBACK(on_event), v);
	g_signal_connect(v->view, "drag-data-received", G_CALLBACK(on_drag_data), v);
	g_signal_connect(v->view, "drag-drop", G_CALLBACK(on_drag_drop), v);
	g_signal_connect(v->view, "web-process-terminated", G_CALLBACK(on_terminated), v);
}
