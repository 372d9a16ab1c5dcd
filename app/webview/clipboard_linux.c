// The clipboard. Only CLIPBOARD is written, never the selection that the
// middle button pastes, and clipboard managers are asked not to keep it.
#include "view_linux.h"
#include "_cgo_export.h"

#include <string.h>

enum { INFO_TEXT, INFO_HINT };

static void give(GtkClipboard *c, GtkSelectionData *s, guint info, gpointer data)
{
	(void)c;
	if (info == INFO_HINT)
		gtk_selection_data_set(s, gtk_selection_data_get_target(s), 8, (const guchar *)"secret", 6);
	else
		gtk_selection_data_set_text(s, data, -1);
}

static void forget(GtkClipboard *c, gpointer data)
{
	(void)c;
	memset(data, 0, strlen(data));
	g_free(data);
}

static gboolean set(gpointer data)
{
	char *text = data;
	GtkClipboard *c = gtk_clipboard_get(GDK_SELECTION_CLIPBOARD);
	if (*text == '\0') {
		gtk_clipboard_set_text(c, "", 0); // takes it from whoever holds it
		gtk_clipboard_clear(c);
		g_free(text);
		return G_SOURCE_REMOVE;
	}
	GtkTargetList *list = gtk_target_list_new(NULL, 0);
	gtk_target_list_add_text_targets(list, INFO_TEXT);
	gtk_target_list_add(list, gdk_atom_intern_static_string("x-kde-passwordManagerHint"), 0, INFO_HINT);
	gint n = 0;
	GtkTargetEntry *targets = gtk_target_table_new_from_list(list, &n);
	if (!gtk_clipboard_set_with_data(c, targets, n, give, forget, text))
		forget(c, text);
	gtk_target_table_free(targets, n);
	gtk_target_list_unref(list);
	return G_SOURCE_REMOVE;
}

void alcove_clipboard_set(const char *text)
{
	g_timeout_add_full(G_PRIORITY_HIGH, 0, set, g_strdup(text), NULL);
}

static void got(GtkClipboard *c, const char *text, gpointer data)
{
	(void)c;
	alcoveClipboard((uintptr_t)data, text != NULL ? (char *)text : "");
}

static gboolean get(gpointer data)
{
	gtk_clipboard_request_text(gtk_clipboard_get(GDK_SELECTION_CLIPBOARD), got, data);
	return G_SOURCE_REMOVE;
}

void alcove_clipboard_get(uintptr_t answer)
{
	g_timeout_add_full(G_PRIORITY_HIGH, 0, get, (gpointer)answer, NULL);
}
