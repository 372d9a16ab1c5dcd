// Closing file dialogs that Wails shows and waits for.
#include "view_linux.h"

// The question whether to overwrite a file stands on the dialog it is about
// and is answered before it.
static gboolean cancel_dialogs(gpointer data)
{
	(void)data;
	GList *tops = gtk_window_list_toplevels();
	for (GList *l = tops; l != NULL; l = l->next)
		g_object_ref(l->data); // answering one may destroy others
	for (GList *l = tops; l != NULL; l = l->next) {
		GtkWindow *under = gtk_window_get_transient_for(GTK_WINDOW(l->data));
		if (GTK_IS_MESSAGE_DIALOG(l->data) && under != NULL && GTK_IS_FILE_CHOOSER_DIALOG(under))
			gtk_dialog_response(GTK_DIALOG(l->data), GTK_RESPONSE_CANCEL);
	}
	for (GList *l = tops; l != NULL; l = l->next)
		if (GTK_IS_FILE_CHOOSER_DIALOG(l->data))
			gtk_dialog_response(GTK_DIALOG(l->data), GTK_RESPONSE_CANCEL);
	g_list_free_full(tops, g_object_unref);
	return G_SOURCE_REMOVE;
}

void alcove_view_cancel_dialogs(AlcoveView *v)
{
	g_timeout_add_full(G_PRIORITY_HIGH, 0, cancel_dialogs, v, NULL);
}
